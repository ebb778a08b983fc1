#![expect(clippy::arithmetic_side_effects, reason = "tests")]

use super::*;

type Outcome = (Vec<u8>, Result<Progress, WireError>);

/// Feeds `input` in pieces that end at `cuts`, as the worker would: what was not used comes again.
fn fed(kind: BodyKind, most: u64, input: &[u8], cuts: impl Iterator<Item = usize>) -> Outcome {
    let mut decoder = Decoder::new(kind, most).unwrap();
    let mut body = Vec::new();
    let mut at = 0;
    for cut in cuts.chain([input.len()]) {
        match decoder.decode(&input[at..cut], &mut |piece| body.extend_from_slice(piece)) {
            Err(error) => return (body, Err(error)),
            Ok(progress) => {
                at += progress.used;
                if progress.done {
                    return (body, Ok(Progress { used: at, done: true }));
                }
                assert_eq!(at, cut, "a body that goes on takes all there is");
            }
        }
    }
    (body, Ok(Progress { used: at, done: false }))
}

fn at_once(kind: BodyKind, most: u64, input: &[u8]) -> Outcome {
    fed(kind, most, input, std::iter::empty())
}

#[test]
fn a_body_ends_where_its_head_says_and_the_next_request_is_left_alone() {
    let done = |used| Ok(Progress { used, done: true });
    assert_eq!(at_once(BodyKind::None, 0, b"GET"), (vec![], done(0)));
    assert_eq!(at_once(BodyKind::Length(0), 0, b"GET"), (vec![], done(0)));
    assert_eq!(at_once(BodyKind::Length(3), 3, b"abcGET"), (b"abc".to_vec(), done(3)));
    let chunked = b"3\r\nabc\r\n00000002\r\nde\r\n0\r\n\r\nGET";
    assert_eq!(
        at_once(BodyKind::Chunked, 5, chunked),
        (b"abcde".to_vec(), done(chunked.len() - 3))
    );
}

#[test]
fn a_chunked_body_is_bounded_over_all_chunks_before_the_one_too_many_is_taken() {
    let chunked = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    let (body, end) = at_once(BodyKind::Chunked, 4, chunked);
    assert_eq!((body.as_slice(), end), (&b"abc"[..], Err(WireError::BodyTooLarge)));
    let (body, end) = at_once(BodyKind::Chunked, 4, b"FFFFFFFF\r\nabc");
    assert_eq!((body.as_slice(), end), (&b""[..], Err(WireError::BodyTooLarge)));
}

#[test]
fn after_an_error_there_is_only_that_error() {
    let mut decoder = Decoder::new(BodyKind::Chunked, 9).unwrap();
    for input in [&b"x"[..], b"1\r\na\r\n0\r\n\r\n", b""] {
        assert_eq!(decoder.decode(input, &mut |_| ()), Err(WireError::ChunkSize));
    }
    assert!(!decoder.is_done());
}

#[test]
fn what_write_chunk_writes_is_read_again() {
    let mut out = Vec::new();
    for piece in [&b"abc"[..], b"", &[b'x'; 300]] {
        crate::wire::response::write_chunk(&mut out, piece);
    }
    out.extend_from_slice(crate::wire::response::LAST_CHUNK);
    let (body, end) = at_once(BodyKind::Chunked, 303, &out);
    assert_eq!(body, [&b"abc"[..], &[b'x'; 300]].concat());
    assert_eq!(end, Ok(Progress { used: out.len(), done: true }));
}

#[test]
fn every_cut_gives_the_same_bytes_and_the_same_end() {
    let inputs: [&[u8]; 8] = [
        b"a\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n",
        b"A\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
        b"1\r\nx\r\n1;a=b\r\nx\r\n0\r\n\r\n",
        b"1\r\nx\n1\r\nx\r\n0\r\n\r\n",
        b"1\nx\r\n0\r\n\r\n",
        b"000000001\r\nx\r\n0\r\n\r\n",
        b"2\r\nabc\r\n0\r\n\r\n",
        b"5\r\nab",
    ];
    for input in inputs {
        for kind in [BodyKind::Chunked, BodyKind::Length(7), BodyKind::None] {
            let whole = at_once(kind, 11, input);
            assert_eq!(fed(kind, 11, input, 1..input.len()), whole);
            for cut in 0..input.len() {
                assert_eq!(fed(kind, 11, input, std::iter::once(cut)), whole, "{cut}");
            }
        }
    }
}

#[test]
fn random_chunks_never_panic_and_cuts_do_not_matter() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut below = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % bound
    };
    let common = b"\r\n\r\n0123aAfF;: x\0";
    for _ in 0..20_000 {
        let input: Vec<u8> = (0..below(24)).map(|_| common[below(common.len())]).collect();
        let whole = at_once(BodyKind::Chunked, 20, &input);
        assert_eq!(fed(BodyKind::Chunked, 20, &input, 1..input.len()), whole);
    }
}
