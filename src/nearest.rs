//! Guesses which name was meant when the one typed does not exist.
//!
//! The guess is only ever shown, never acted upon.

/// The candidate that `word` was most likely meant to be, if one is near enough.
///
/// Near is: at most a third of the letters wrong (one is always allowed), where a swap of two
/// neighbours is one error; or `word` is the beginning of exactly one candidate. Of equally near
/// candidates the first is given. Only the first 64 characters of `word` count, so that the work
/// stays small whatever was typed.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed: Vec<char> = word.chars().take(LONGEST).collect();
    let allowed = typed.len().checked_div(3).unwrap_or(0).max(1);
    let candidates: Vec<&str> = candidates.into_iter().collect();

    let near = candidates
        .iter()
        .map(|name| (distance(&typed, &name.chars().collect::<Vec<char>>()), *name))
        .filter(|(errors, name)| *errors <= allowed && *errors < name.chars().count())
        .min_by_key(|(errors, _)| *errors);
    if let Some((_, name)) = near {
        return Some(name);
    }
    let mut beginning = candidates.iter().filter(|name| typed.len() > 1 && name.starts_with(word));
    match (beginning.next(), beginning.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// Optimal string alignment distance: insertions, deletions, changes and swaps of neighbours.
fn distance(from: &[char], to: &[char]) -> usize {
    // Three rows of the usual table: `line` is being filled, `above` is done, `before` is the one
    // above that, which only a swap looks at.
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    let mut last_left = None;
    for (row, left) in from.iter().enumerate() {
        let mut best = row.saturating_add(1);
        let mut line = Vec::with_capacity(above.len());
        line.push(best);
        let mut last_right = None;
        for (column, (right, pair)) in to.iter().zip(above.windows(2)).enumerate() {
            let [diagonal, up] = pair else { continue };
            let changed = diagonal.saturating_add(usize::from(left != right));
            best = changed.min(up.saturating_add(1)).min(best.saturating_add(1));
            if last_right == Some(left) && last_left == Some(right) {
                let swapped = column.checked_sub(1).and_then(|at| before.get(at));
                best = swapped.map_or(best, |errors| best.min(errors.saturating_add(1)));
            }
            line.push(best);
            last_right = Some(right);
        }
        before = std::mem::replace(&mut above, line);
        last_left = Some(left);
    }
    above.last().copied().unwrap_or(0)
}

const LONGEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] = ["inspect", "validate", "anchor", "import", "distrust"];

    fn between(from: &str, to: &str) -> usize {
        distance(&from.chars().collect::<Vec<_>>(), &to.chars().collect::<Vec<_>>())
    }

    #[test]
    fn counts_each_kind_of_error_once() {
        assert_eq!(between("", ""), 0);
        assert_eq!(between("", "abc"), 3);
        assert_eq!(between("abc", ""), 3);
        assert_eq!(between("state", "state"), 0);
        assert_eq!(between("stat", "state"), 1);
        assert_eq!(between("statte", "state"), 1);
        assert_eq!(between("stade", "state"), 1);
        assert_eq!(between("tsate", "state"), 1);
        assert_eq!(between("kitten", "sitting"), 3);
    }

    #[test]
    fn finds_a_name_with_a_letter_missing_doubled_or_swapped() {
        assert_eq!(nearest("valdate", NAMES), Some("validate"));
        assert_eq!(nearest("anchorr", NAMES), Some("anchor"));
        assert_eq!(nearest("improt", NAMES), Some("import"));
    }

    #[test]
    fn finds_the_one_name_that_begins_so() {
        assert_eq!(nearest("val", NAMES), Some("validate"));
        assert_eq!(nearest("i", NAMES), None);
    }

    #[test]
    fn guesses_nothing_when_nothing_is_near() {
        assert_eq!(nearest("frobnicate", NAMES), None);
        assert_eq!(nearest("", NAMES), None);
        assert_eq!(nearest("x", ["v"]), None);
    }

    #[test]
    fn does_not_tire_of_a_very_long_word() {
        assert_eq!(nearest(&"v".repeat(1 << 20), NAMES), None);
    }
}
