use super::*;

#[test]
fn reads_an_element_and_nothing_behind_it() {
    assert_eq!(only(&[0x02, 1, 5]).unwrap().content, [5]);
    assert_eq!(only(&[0x02, 1, 5, 0]), Err(DerError::Trailing));
    assert_eq!(only(&[0x02, 2, 5]), Err(DerError::Truncated));
    assert_eq!(only(&[]), Err(DerError::Truncated));
}

#[test]
fn refuses_lengths_that_are_not_der() {
    assert_eq!(only(&[0x04, 0x81, 0x7F]), Err(DerError::LongLength));
    assert_eq!(only(&[0x04, 0x82, 0x00, 0x80]), Err(DerError::LongLength));
    assert_eq!(only(&[0x30, 0x80, 0, 0]), Err(DerError::Indefinite));
    assert_eq!(only(&[0x04, 0x85, 1, 1, 1, 1, 1]), Err(DerError::Truncated));
    assert_eq!(only(&[0x1F, 0x81, 0x01, 0x00]), Err(DerError::HighTag));
    let mut long = vec![0x04, 0x81, 0x80];
    long.resize(3 + 0x80, 7);
    assert_eq!(only(&long).unwrap().content.len(), 0x80);
}

#[test]
fn integers_stand_in_the_fewest_octets() {
    assert_eq!(Reader::new(&[2, 2, 0, 0x80]).unsigned(), Ok(&[0x80][..]));
    assert_eq!(Reader::new(&[2, 2, 0, 0x7F]).integer(), Err(DerError::Value));
    assert_eq!(Reader::new(&[2, 2, 0xFF, 0x80]).integer(), Err(DerError::Value));
    assert_eq!(Reader::new(&[2, 1, 0x80]).integer(), Ok(&[0x80][..]));
    assert_eq!(Reader::new(&[2, 1, 0x80]).unsigned(), Err(DerError::Value));
    assert_eq!(Reader::new(&[2, 0]).integer(), Err(DerError::Value));
    assert_eq!(Reader::new(&[2, 1, 0]).unsigned(), Ok(&[][..]));
    assert_eq!(Reader::new(&[2, 5, 1, 0, 0, 0, 0]).small(), Err(DerError::Value));
    assert_eq!(Reader::new(&[2, 5, 0, 0xFF, 0xFF, 0xFF, 0xFF]).small(), Ok(u32::MAX));
}

/// `depth` sequences inside one another.
fn nested(depth: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..depth {
        let length = bytes.len();
        let mut outer = vec![SEQUENCE];
        match length {
            0..0x80 => outer.push(u8::try_from(length).unwrap()),
            0x80..0x100 => outer.extend([0x81, u8::try_from(length).unwrap()]),
            _ => {
                outer.push(0x82);
                outer.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
        }
        outer.extend(bytes);
        bytes = outer;
    }
    bytes
}

#[test]
fn the_walk_bounds_nesting_without_using_the_stack() {
    assert_eq!(walk(&nested(MAX_DEPTH), 1_000), Ok(MAX_DEPTH));
    assert_eq!(walk(&nested(MAX_DEPTH + 1), 1_000), Err(DerError::TooDeep));
    assert_eq!(walk(&nested(10_000), 100_000), Err(DerError::TooDeep));
}

#[test]
fn the_walk_bounds_the_number_of_elements() {
    let many = [&[SEQUENCE, 6][..], &[NULL, 0, NULL, 0, NULL, 0]].concat();
    assert_eq!(walk(&many, 4), Ok(4));
    assert_eq!(walk(&many, 3), Err(DerError::TooMany));
}

#[test]
fn the_walk_finds_values_that_der_forbids() {
    assert_eq!(walk(&[SEQUENCE, 3, BOOLEAN, 1, 1], 9), Err(DerError::Value));
    assert_eq!(walk(&[SEQUENCE, 4, INTEGER, 2, 0, 1], 9), Err(DerError::Value));
    assert_eq!(walk(&[SEQUENCE, 3, NULL, 1, 1], 9), Err(DerError::Value));
}
