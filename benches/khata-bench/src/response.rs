//! As much of an HTTP/1.1 answer as it takes to know where it ends and whether it is one of success.

use std::str;

/// The head of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// Status code.
    pub(crate) status: u16,
    /// Where the body begins, in bytes from the start of the answer.
    pub(crate) body_start: usize,
    /// Where the answer ends.
    pub(crate) end: usize,
}

impl Head {
    /// Reads the head once it is all there.
    ///
    /// # Errors
    /// What makes the answer one that can't be measured with: its length isn't told, or the connection is to be closed.
    pub(crate) fn parse(received: &[u8]) -> Result<Option<Self>, &'static str> {
        let Some(length) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = str::from_utf8(&received[..length]).map_err(|_| "a head that is not text")?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(status).ok_or("no status line")?;
        let mut content_length = None;
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                content_length = value.trim().parse().ok();
            } else if name.eq_ignore_ascii_case("connection") && value.trim().eq_ignore_ascii_case("close") {
                return Err("an answer that closes the connection");
            }
        }
        let body_start = length + 4;
        let content_length: usize = content_length.ok_or("an answer without a Content-Length")?;
        Ok(Some(Self { status, body_start, end: body_start + content_length }))
    }

    /// Whether the request succeeded.
    pub(crate) fn is_success(self) -> bool {
        (200..300).contains(&self.status)
    }
}

fn status(line: &str) -> Option<u16> {
    line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_length_says() {
        let answer = b"HTTP/1.1 201 Created\r\nETag: x\r\ncontent-length: 2\r\n\r\n{}";
        let head = Head::parse(answer).unwrap().unwrap();
        assert_eq!((head.status, head.end), (201, answer.len()));
        assert_eq!(&answer[head.body_start..], b"{}");
        assert!(head.is_success());
        assert_eq!(Head::parse(&answer[..40]), Ok(None));
    }

    #[test]
    fn what_is_not_2xx_is_no_success() {
        for (status, success) in [(200, true), (201, true), (304, false), (404, false), (503, false)] {
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
            assert_eq!(Head::parse(answer.as_bytes()).unwrap().unwrap().is_success(), success);
        }
    }

    #[test]
    fn what_has_no_end_can_not_be_measured_with() {
        for wrong in [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n",
            "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n",
        ] {
            assert!(Head::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
