//! As much of an HTTP client as the tests need.

use std::io::{Read, Write};

use serde_json::Value;

use super::rig::Tls;

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(crate) fn post(path: &str, media: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

pub(crate) fn ask(tls: &mut Tls, request: &[u8]) -> std::io::Result<Answer> {
    tls.write_all(request)?;
    tls.flush()?;
    answer(tls)
}

pub(crate) fn answer(tls: &mut Tls) -> std::io::Result<Answer> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        tls.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let mut answer = Answer { status: head[9..12].parse().unwrap(), head, body: Vec::new() };
    match answer.header("Content-Length") {
        Some(length) => {
            answer.body.resize(length.parse().unwrap(), 0);
            tls.read_exact(&mut answer.body)?;
        }
        None => loop {
            let mut line = Vec::new();
            while !line.ends_with(b"\r\n") {
                let mut byte = [0];
                tls.read_exact(&mut byte)?;
                line.push(byte[0]);
            }
            let text = String::from_utf8(line).unwrap();
            let size = usize::from_str_radix(text.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            tls.read_exact(&mut chunk)?;
            answer.body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                break;
            }
        },
    }
    Ok(answer)
}
