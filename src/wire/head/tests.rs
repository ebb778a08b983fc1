#![expect(clippy::arithmetic_side_effects, reason = "tests")]

use super::*;
use crate::wire::body::Decoder;

/// The seed is fixed: a test that fails must fail again.
struct Xorshift(u64);

impl Xorshift {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

const VALID: [&[u8]; 7] = [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /v1/trust/anchors?country=DE&page_size=10 HTTP/1.1\r\nhost: [::1]:8443\r\nAccept:*/*\r\nx-empty:\r\n\r\n",
    b"POST /v1/certificates/validate HTTP/1.1\r\nHost: trust.example:8443\r\nContent-Length: 3\r\n\
      Expect: 100-Continue\r\nConnection: keep-alive, Close\r\n\r\nabcGET / HTTP/1.1\r\n",
    b"PUT /v1/trust/sources/de HTTP/1.1\r\nHost: a_b.c\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"DELETE /v1/api-keys/%C3%A9 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"PROPFIND /?a?b HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: \xC3\xA9\tx \t\r\nCookie: y\r\n\r\n",
    b"OPTIONS /v1/gate/authorize/x HTTP/1.0\r\n\r\n",
];

fn whole(bytes: &[u8]) -> (Head<'_>, usize) {
    parse(bytes, &Limits::default()).unwrap().unwrap()
}

#[test]
fn reads_what_a_request_says() {
    let (head, used) = whole(VALID[2]);
    assert_eq!(&VALID[2][used..], b"abcGET / HTTP/1.1\r\n");
    assert_eq!((head.method, head.version), (Method::Post, Version::Http11));
    assert_eq!(head.target.path(), "/v1/certificates/validate");
    assert_eq!(head.headers.get("HOST"), Ok(Some("trust.example:8443")));
    assert_eq!(head.headers.len(), 4);
    assert_eq!(head.body, BodyKind::Length(3));
    assert!(head.expect_continue && !head.keep_alive);

    let (head, _) = whole(VALID[1]);
    assert_eq!(head.headers.get("X-Empty"), Ok(Some("")));
    assert_eq!(head.headers.get("Accept"), Ok(Some("*/*")));
    assert_eq!(head.headers.get("Authorization"), Ok(None));
    assert!(head.keep_alive && !head.expect_continue);
    assert_eq!(whole(VALID[3]).0.body, BodyKind::Chunked);
}

#[test]
fn http_1_0_is_answered_once_even_where_it_asks_for_more() {
    let (head, _) = whole(VALID[4]);
    assert_eq!(head.version, Version::Http10);
    assert!(!head.keep_alive);
    let expects = b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n";
    assert!(!whole(expects).0.expect_continue);
}

#[test]
fn nothing_is_held_back_where_no_body_comes() {
    for body in ["", "Content-Length: 0\r\n"] {
        let bytes = format!("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n{body}\r\n");
        assert!(!whole(bytes.as_bytes()).0.expect_continue);
    }
}

#[test]
fn a_header_of_one_value_is_refused_twice_and_lists_are_not() {
    let (head, _) = whole(VALID[5]);
    assert_eq!(head.headers.get("cookie"), Err(WireError::DuplicateHeader));
    let values: Vec<_> = head.headers.all("cookie").collect();
    assert_eq!(values, [b"\xC3\xA9\tx".as_slice(), b"y"]);
    let (head, _) = whole(b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: \xFF\r\n\r\n");
    assert_eq!(head.headers.get("authorization"), Err(WireError::HeaderNotText));
}

#[test]
fn debug_shows_no_value_since_it_may_be_a_credential() {
    let (head, _) = whole(b"GET / HTTP/1.1\r\nHost: a\r\nX-API-Key: sesame\r\n\r\n");
    let text = format!("{head:?}");
    assert!(text.contains("X-API-Key") && !text.contains("sesame"), "{text}");
}

#[test]
fn every_part_of_a_head_is_incomplete_and_the_whole_is_one_head_whatever_follows() {
    for bytes in VALID {
        let (head, used) = whole(bytes);
        for end in 0..bytes.len() {
            let found = parse(&bytes[..end], &Limits::default());
            assert_eq!(found, Ok((end >= used).then_some((head, used))), "{end}");
        }
    }
}

#[test]
fn a_head_printed_and_read_again_is_the_same() {
    for bytes in VALID {
        let (head, _) = whole(bytes);
        let mut again = Vec::new();
        head.write_to(&mut again);
        assert_eq!(whole(&again), (head, again.len()));
    }
}

#[test]
fn limits_hold_at_the_last_byte_that_fits_and_not_one_further() {
    let bytes = VALID[1];
    let (head, used) = whole(bytes);
    let target = head.target.path().len() + 1 + head.target.query().unwrap().len();
    let fits = Limits { head_bytes: used, headers: 3, target_bytes: target, body_bytes: 0 };
    assert!(parse(bytes, &fits).is_ok_and(|found| found.is_some()));
    for (limits, error) in [
        (Limits { head_bytes: used - 1, ..fits }, WireError::HeadTooLarge),
        (Limits { headers: 2, ..fits }, WireError::TooManyHeaders),
        (Limits { target_bytes: target - 1, ..fits }, WireError::TargetTooLong),
    ] {
        assert_eq!(parse(bytes, &limits), Err(error));
    }
    let body = VALID[2];
    assert!(parse(body, &Limits { body_bytes: 3, ..Limits::default() }).is_ok());
    let short = Limits { body_bytes: 2, ..Limits::default() };
    assert_eq!(parse(body, &short), Err(WireError::BodyTooLarge));
    assert_eq!(Decoder::new(BodyKind::Length(3), 2).err(), Some(WireError::BodyTooLarge));
}

#[test]
fn an_endless_head_is_refused_before_it_ends() {
    let target = [b"GET /".as_slice(), &[b'a'; 4096]].concat();
    assert_eq!(parse(&target, &Limits::default()), Err(WireError::TargetTooLong));
    let value = [b"GET / HTTP/1.1\r\nA: ".as_slice(), &[b'a'; 8192]].concat();
    assert_eq!(parse(&value, &Limits::default()), Err(WireError::HeadTooLarge));
    assert_eq!(parse(&value[..8191], &Limits::default()), Ok(None));
}

/// Else how a stranger's bytes happen to be cut would decide what they mean.
#[test]
fn damaged_requests_never_panic_and_are_refused_alike_in_part_and_in_whole() {
    let mut random = Xorshift(0x9E37_79B9_7F4A_7C15);
    let odd = b"\0\t\n\r \"#%*,./0:;A\\_a\x7F\x80\xFF";
    let (mut refused, mut taken) = (0, 0);
    for round in 0..30_000_usize {
        let mut bytes = VALID[round % VALID.len()].to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(3) {
                0 => bytes[at] = odd[random.below(odd.len())],
                1 => bytes.insert(at, odd[random.below(odd.len())]),
                _ => drop(bytes.remove(at)),
            }
        }
        let all = parse(&bytes, &Limits::default());
        let part = parse(&bytes[..random.below(bytes.len() + 1)], &Limits::default());
        match part {
            Ok(None) => {}
            decided => assert_eq!(decided, all),
        }
        match all {
            Err(_) => refused += 1,
            Ok(Some((head, _))) => {
                taken += 1;
                let mut again = Vec::new();
                head.write_to(&mut again);
                assert_eq!(whole(&again), (head, again.len()));
            }
            Ok(None) => {}
        }
    }
    assert!(refused > 1_000 && taken > 1_000, "{refused} {taken}");
}

#[test]
fn random_bytes_never_panic() {
    let mut random = Xorshift(0x2545_F491_4F6C_DD1D);
    for _ in 0..20_000 {
        let bytes: Vec<u8> =
            (0..random.below(200)).map(|_| u8::try_from(random.below(256)).unwrap()).collect();
        let _ = parse(&bytes, &Limits::default());
    }
}
