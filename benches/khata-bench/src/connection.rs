//! One connection that is kept alive, with one request on its way at a time.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Instant;

use mio::net::TcpStream;

use crate::error::Error;
use crate::request::Requests;
use crate::response::Head;

/// How much room there is for an answer at first.
const ROOM: usize = 64 * 1024;

/// What a connection is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// To be measured.
    Measured,
    /// To disturb those that are measured. It may be told to come again later (503), and then does.
    Flood,
}

/// A connection and what it asks.
pub(crate) struct Connection {
    /// What it is there for.
    pub(crate) role: Role,
    /// The connection itself, to be registered.
    pub(crate) stream: TcpStream,
    requests: Box<dyn Requests>,
    request: Vec<u8>,
    sent: usize,
    /// Room for an answer, of which the first `filled` bytes have come. It is not made anew for each, since to clear
    /// it would take longer than all else.
    received: Vec<u8>,
    filled: usize,
    head: Option<Head>,
    /// When the request that is on its way was made; nothing if none is.
    asked: Option<Instant>,
    /// Whether it was ever answered.
    is_answered: bool,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// If nobody listens there.
    pub(crate) fn open(address: SocketAddr, role: Role, requests: Box<dyn Requests>) -> Result<Self, Error> {
        let open = || {
            let stream = std::net::TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            io::Result::Ok(TcpStream::from_std(stream))
        };
        let stream = open().map_err(Error::io(format_args!("connecting to {address}")))?;
        let (request, received) = (Vec::with_capacity(1024), vec![0; ROOM]);
        Ok(Self {
            role,
            stream,
            requests,
            request,
            sent: 0,
            received,
            filled: 0,
            head: None,
            asked: None,
            is_answered: false,
        })
    }

    /// Whether an answer is waited for.
    pub(crate) fn is_busy(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether the server has taken the connection, and answered on it.
    pub(crate) fn is_answered(&self) -> bool {
        self.is_answered
    }

    /// Makes the answer that is waited for the last one.
    pub(crate) fn ask_no_more(&mut self) {
        self.requests = Box::new(NoRequests);
    }

    /// Sends the next request, if there is one.
    ///
    /// # Errors
    /// If the connection is gone.
    pub(crate) fn ask(&mut self) -> io::Result<()> {
        self.request.clear();
        (self.sent, self.filled, self.head) = (0, 0, None);
        self.asked = self.requests.write_next(&mut self.request).then(Instant::now);
        self.send()
    }

    /// Sends what could not be sent before.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub(crate) fn send(&mut self) -> io::Result<()> {
        while self.sent < self.request.len() {
            match self.stream.write(&self.request[self.sent..]) {
                Ok(bytes) => self.sent += bytes,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads what has come. Returns the head of the answer and when it was asked for, once all of it is there.
    ///
    /// # Errors
    /// As [`Self::ask`], or an answer that can't be measured with.
    pub(crate) fn receive(&mut self) -> io::Result<Option<(Head, Instant)>> {
        let Some(asked) = self.asked else { return Ok(None) };
        while self.read_chunk()? {
            if self.head.is_none() {
                self.head = Head::parse(&self.received[..self.filled]).map_err(io::Error::other)?;
            }
            if let Some(head) = self.head.filter(|head| self.filled >= head.end) {
                (self.asked, self.is_answered) = (None, true);
                return Ok(Some((head, asked)));
            }
        }
        Ok(None)
    }

    /// Hands the answer to whoever made the request.
    ///
    /// # Errors
    /// [`Requests::take_answer`].
    pub(crate) fn hand_over(&mut self, head: Head) -> Result<(), Error> {
        self.requests.take_answer(&self.received[head.body_start..head.end])
    }

    /// The request and its answer as text, for an error message.
    pub(crate) fn exchange(&self) -> String {
        let exchanged = [&self.request[..], &self.received[..self.filled]];
        let [request, received] = exchanged.map(String::from_utf8_lossy);
        format!("{request}\n\n{received}")
    }

    /// Reads once. Returns whether anything was there.
    fn read_chunk(&mut self) -> io::Result<bool> {
        if self.filled == self.received.len() {
            self.received.resize(2 * self.filled, 0);
        }
        match self.stream.read(&mut self.received[self.filled..]) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(bytes) => {
                self.filled += bytes;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The requests of a connection that has had its last one.
struct NoRequests;

impl Requests for NoRequests {
    fn write_next(&mut self, _request: &mut Vec<u8>) -> bool {
        false
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("role", &self.role)
            .field("asked", &self.asked)
            .finish_non_exhaustive()
    }
}
