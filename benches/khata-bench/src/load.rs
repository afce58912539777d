//! Load in a closed loop: each connection asks again as soon as it was answered. One thread, so that it takes little of the
//! processor from those that are measured.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use crate::connection::{Connection, Role};
use crate::error::Error;
use crate::request::Requests;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long one who was told to come later stays away: what `Retry-After` asks for.
const PAUSE: Duration = Duration::from_secs(1);

const SERVICE_UNAVAILABLE: u16 = 503;

/// How much of an exchange an error shows, in characters.
const SHOWN: usize = 2000;

/// Connections to a server, each with its requests.
#[derive(Debug)]
pub(crate) struct Load {
    poll: Poll,
    connections: Vec<Connection>,
    /// Those that pause, and until when.
    pausing: VecDeque<(Instant, usize)>,
}

/// What was answered in a span of time.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How long each answer took, of those to be measured, in microseconds.
    pub(crate) latencies_us: Vec<u32>,
    /// How many of the flood were answered.
    pub(crate) flood: u64,
    /// How many of the flood were told to come later.
    pub(crate) put_off: u64,
    /// Time from begin to end.
    pub(crate) elapsed: Duration,
    /// How many answers were errors.
    pub(crate) errors: u64,
    /// The first of them, with its request.
    pub(crate) first_error: Option<String>,
}

impl Tally {
    /// This tally, if there was no error.
    ///
    /// # Errors
    /// [`Error::Refused`].
    fn without_errors(self) -> Result<Self, Error> {
        match self.first_error {
            None => Ok(self),
            Some(first) => {
                let answers = self.latencies_us.len() as u64 + self.flood + self.put_off + self.errors;
                Err(Error::Refused { errors: self.errors, answers, first })
            }
        }
    }

    fn note_error(&mut self, exchange: &str) {
        self.errors += 1;
        self.first_error.get_or_insert_with(|| exchange.chars().take(SHOWN).collect());
    }
}

impl Load {
    /// Connects, and asks for the first time on each connection.
    ///
    /// # Errors
    /// If it can't connect.
    pub(crate) fn open(
        address: SocketAddr,
        connections: impl IntoIterator<Item = (Role, Box<dyn Requests>)>,
    ) -> Result<Self, Error> {
        let poll = Poll::new().map_err(Error::io("polling"))?;
        let mut load = Self { poll, connections: Vec::new(), pausing: VecDeque::new() };
        for (index, (role, requests)) in connections.into_iter().enumerate() {
            let mut connection = Connection::open(address, role, requests)?;
            let interest = Interest::READABLE | Interest::WRITABLE;
            let registry = load.poll.registry();
            registry
                .register(&mut connection.stream, Token(index), interest)
                .map_err(Error::io("polling"))?;
            connection.ask().map_err(Error::io("asking"))?;
            load.connections.push(connection);
        }
        Ok(load)
    }

    /// Goes on until every connection was answered, and then for that long: a server may take connections one by one
    /// between answers, and those that wait for it are no load yet.
    ///
    /// # Errors
    /// As [`Self::run_for`].
    pub(crate) fn warm_up(&mut self, time: Duration) -> Result<(), Error> {
        self.run_while(|load, now| {
            let all_answered = load.connections.iter().all(Connection::is_answered);
            (!all_answered).then_some(now + PATIENCE)
        })?;
        self.run_for(time).map(drop)
    }

    /// Goes on for that long. What is on its way at the end belongs to the span after.
    ///
    /// # Errors
    /// [`Error::Refused`], if a connection is lost, or if no answer comes for too long.
    pub(crate) fn run_for(&mut self, time: Duration) -> Result<Tally, Error> {
        let end = Instant::now() + time;
        self.run_while(|_, now| (now < end).then_some(end))
    }

    /// Goes on until no connection has a request left.
    ///
    /// # Errors
    /// As [`Self::run_for`].
    pub(crate) fn run_out(mut self) -> Result<Tally, Error> {
        self.run_while(|load, now| {
            let any_left = !load.pausing.is_empty() || load.connections.iter().any(Connection::is_busy);
            any_left.then_some(now + PATIENCE)
        })
    }

    /// Waits for the answers that are on their way, so that what comes after isn't disturbed by them.
    ///
    /// # Errors
    /// As [`Self::run_for`].
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        for connection in &mut self.connections {
            connection.ask_no_more();
        }
        self.run_out().map(drop)
    }

    /// `deadline` says until when to wait for the next answer, or that it is over.
    fn run_while(&mut self, deadline: impl Fn(&Self, Instant) -> Option<Instant>) -> Result<Tally, Error> {
        let begun = Instant::now();
        let mut tally = Tally::default();
        let mut events = Events::with_capacity(1024);
        let mut answered = begun;
        loop {
            let now = Instant::now();
            let Some(deadline) = deadline(self, now) else { break };
            if now > answered + PATIENCE {
                return Err(Error::Unexpected(format!("no answer within {PATIENCE:?}")));
            }
            let wake = self.pausing.front().map_or(deadline, |(until, _)| deadline.min(*until));
            self.wait(&mut events, wake.saturating_duration_since(now))?;
            for event in &events {
                self.advance(event.token().0, &mut tally)?;
                answered = Instant::now();
            }
            self.end_pauses()?;
        }
        tally.elapsed = begun.elapsed();
        tally.without_errors()
    }

    fn wait(&mut self, events: &mut Events, at_most: Duration) -> Result<(), Error> {
        match self.poll.poll(events, Some(at_most)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(Error::io("polling")(error)),
            _ => Ok(()),
        }
    }

    /// Sends and receives what can be on a connection.
    fn advance(&mut self, index: usize, tally: &mut Tally) -> Result<(), Error> {
        let connection = &mut self.connections[index];
        connection.send().map_err(Error::io("asking"))?;
        let received = connection.receive().map_err(|error| lost(connection, error))?;
        let Some((head, asked)) = received else { return Ok(()) };
        match connection.role {
            Role::Flood if head.status == SERVICE_UNAVAILABLE => {
                tally.put_off += 1;
                self.pausing.push_back((Instant::now() + PAUSE, index));
                return Ok(());
            }
            _ if !head.is_success() => tally.note_error(&connection.exchange()),
            Role::Flood => tally.flood += 1,
            Role::Measured => {
                let micros = u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX);
                tally.latencies_us.push(micros);
                connection.hand_over(head)?;
            }
        }
        connection.ask().map_err(Error::io("asking"))
    }

    fn end_pauses(&mut self) -> Result<(), Error> {
        while let Some((_, index)) = self.pausing.pop_front_if(|(until, _)| *until <= Instant::now()) {
            self.connections[index].ask().map_err(Error::io("asking"))?;
        }
        Ok(())
    }
}

fn lost(connection: &Connection, error: io::Error) -> Error {
    let exchange: String = connection.exchange().chars().take(SHOWN).collect();
    Error::io(format_args!("waiting for the answer to\n{exchange}"))(error)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Asks so often.
    struct Times(u32);

    impl Requests for Times {
        fn write_next(&mut self, request: &mut Vec<u8>) -> bool {
            request.extend_from_slice(b"GET / HTTP/1.1\r\n\r\n");
            self.0 = self.0.saturating_sub(1);
            self.0 > 0
        }
    }

    /// A server that answers one connection with each of these statuses, then with the last of them.
    fn server(statuses: &'static [u16]) -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            let last = statuses.last().unwrap();
            for status in statuses.iter().chain(std::iter::repeat(last)) {
                if stream.read(&mut [0; 1024]).unwrap_or(0) == 0 {
                    break;
                }
                write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\n{{}}").unwrap();
            }
        });
        address
    }

    fn asked(role: Role, statuses: &'static [u16], times: u32) -> Result<Tally, Error> {
        let requests: Box<dyn Requests> = Box::new(Times(times + 1));
        Load::open(server(statuses), [(role, requests)]).unwrap().run_out()
    }

    #[test]
    fn each_answer_is_counted() {
        let tally = asked(Role::Measured, &[201], 50).unwrap();
        assert_eq!((tally.latencies_us.len(), tally.errors), (50, 0));
    }

    #[test]
    fn one_error_refuses_the_run() {
        for status in [&[200, 200, 404, 200][..], &[200, 200, 503, 200], &[200, 200, 304, 200]] {
            let refused = asked(Role::Measured, status, 10).unwrap_err();
            let Error::Refused { errors: 1, answers: 10, first } = refused else { panic!("{refused}") };
            assert!(first.contains("HTTP/1.1"), "{first}");
        }
    }

    #[test]
    fn only_a_flood_may_be_put_off() {
        let tally = asked(Role::Flood, &[200, 503, 200], 2).unwrap();
        assert_eq!((tally.flood, tally.put_off), (1, 1));
        assert!(asked(Role::Flood, &[200, 429, 200], 2).is_err());
    }

    #[test]
    fn time_ends_a_run() {
        let requests: Box<dyn Requests> = Box::new(Times(u32::MAX));
        let mut load = Load::open(server(&[200]), [(Role::Measured, requests)]).unwrap();
        let tally = load.run_for(Duration::from_millis(50)).unwrap();
        assert!(tally.elapsed >= Duration::from_millis(50) && !tally.latencies_us.is_empty());
        load.finish().unwrap();
    }
}
