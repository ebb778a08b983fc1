//! The name of the machine.

/// The machine's name as the kernel has it; what is not UTF-8 in it is marked.
#[must_use]
pub fn name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_a_name_of_one_line() {
        let name = name();
        assert!(!name.is_empty() && !name.contains(char::is_control), "{name:?}");
    }
}
