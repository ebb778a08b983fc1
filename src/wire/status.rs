//! The statuses that this service answers with, and no others.

/// A status of an answer (RFC 9110 section 15).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Status {
    /// 200.
    Ok,
    /// 201.
    Created,
    /// 202.
    Accepted,
    /// 204.
    NoContent,
    /// 400.
    BadRequest,
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
    /// 405.
    MethodNotAllowed,
    /// 406.
    NotAcceptable,
    /// 408.
    RequestTimeout,
    /// 409.
    Conflict,
    /// 413.
    PayloadTooLarge,
    /// 414.
    UriTooLong,
    /// 415.
    UnsupportedMediaType,
    /// 417.
    ExpectationFailed,
    /// 422.
    Unprocessable,
    /// 429.
    TooManyRequests,
    /// 431.
    HeadTooLarge,
    /// 500.
    Internal,
    /// 501.
    NotImplemented,
    /// 503.
    Unavailable,
    /// 505.
    VersionNotSupported,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 23] = [
        Self::Ok,
        Self::Created,
        Self::Accepted,
        Self::NoContent,
        Self::BadRequest,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::RequestTimeout,
        Self::Conflict,
        Self::PayloadTooLarge,
        Self::UriTooLong,
        Self::UnsupportedMediaType,
        Self::ExpectationFailed,
        Self::Unprocessable,
        Self::TooManyRequests,
        Self::HeadTooLarge,
        Self::Internal,
        Self::NotImplemented,
        Self::Unavailable,
        Self::VersionNotSupported,
    ];

    /// The number.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.parts().0
    }

    /// The number and the phrase, as the status line has them: `404 Not Found`.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.parts().1
    }

    const fn parts(self) -> (u16, &'static str) {
        match self {
            Self::Ok => (200, "200 OK"),
            Self::Created => (201, "201 Created"),
            Self::Accepted => (202, "202 Accepted"),
            Self::NoContent => (204, "204 No Content"),
            Self::BadRequest => (400, "400 Bad Request"),
            Self::Unauthorized => (401, "401 Unauthorized"),
            Self::Forbidden => (403, "403 Forbidden"),
            Self::NotFound => (404, "404 Not Found"),
            Self::MethodNotAllowed => (405, "405 Method Not Allowed"),
            Self::NotAcceptable => (406, "406 Not Acceptable"),
            Self::RequestTimeout => (408, "408 Request Timeout"),
            Self::Conflict => (409, "409 Conflict"),
            Self::PayloadTooLarge => (413, "413 Content Too Large"),
            Self::UriTooLong => (414, "414 URI Too Long"),
            Self::UnsupportedMediaType => (415, "415 Unsupported Media Type"),
            Self::ExpectationFailed => (417, "417 Expectation Failed"),
            Self::Unprocessable => (422, "422 Unprocessable Content"),
            Self::TooManyRequests => (429, "429 Too Many Requests"),
            Self::HeadTooLarge => (431, "431 Request Header Fields Too Large"),
            Self::Internal => (500, "500 Internal Server Error"),
            Self::NotImplemented => (501, "501 Not Implemented"),
            Self::Unavailable => (503, "503 Service Unavailable"),
            Self::VersionNotSupported => (505, "505 HTTP Version Not Supported"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_begins_with_the_number() {
        for status in Status::ALL {
            assert!(status.text().starts_with(&format!("{} ", status.code())), "{status:?}");
        }
    }
}
