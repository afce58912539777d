//! Requests: their bytes, and where those of a connection come from.

use std::cell::Cell;
use std::io::Write as _;
use std::rc::Rc;

use crate::error::Error;
use crate::shop::Shop;

/// The requests of one connection, one after the other.
pub(crate) trait Requests {
    /// Appends the next request. Returns `false` if there is none left.
    fn write_next(&mut self, request: &mut Vec<u8>) -> bool;

    /// Takes the body of the answer to the last request, which was one of success.
    ///
    /// # Errors
    /// If the answer is not what was asked for.
    fn take_answer(&mut self, _body: &[u8]) -> Result<(), Error> {
        Ok(())
    }
}

/// A request with places for what differs from one to the next: `<customer>`, `<number>`, `<date>`, `<mobile>` and
/// `<password>`.
#[derive(Debug)]
pub(crate) struct Template {
    method: &'static str,
    path: Vec<Part>,
    body: Vec<Part>,
    is_forwarded: bool,
    is_keyed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Text(&'static str),
    Customer,
    Number,
    Date,
    Mobile,
    Password,
}

/// What goes into the places.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'a> {
    /// The shop that asks.
    pub(crate) shop: &'a Shop,
    /// Id of a customer of it.
    pub(crate) customer: &'a str,
    /// A number that no other request has.
    pub(crate) number: u64,
    /// A date, `YYYY-MM-DD`.
    pub(crate) date: &'a str,
}

impl Template {
    /// A template of a method, a path, and a body that may be empty.
    pub(crate) fn new(method: &'static str, path: &'static str, body: &'static str) -> Self {
        Self { method, path: parts(path), body: parts(body), is_forwarded: false, is_keyed: false }
    }

    /// The same, with the address of the shop's owner in it, as a proxy adds it.
    pub(crate) fn forwarded(self) -> Self {
        Self { is_forwarded: true, ..self }
    }

    /// The same, with the number as an idempotency key too.
    pub(crate) fn keyed(self) -> Self {
        Self { is_keyed: true, ..self }
    }

    /// Appends the request.
    pub(crate) fn write(&self, request: &mut Vec<u8>, values: Values<'_>) {
        request.extend_from_slice(self.method.as_bytes());
        request.push(b' ');
        write_parts(&self.path, request, values);
        request.extend_from_slice(b" HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        if !values.shop.token.is_empty() {
            write_all(request, &["Authorization: Bearer ", &values.shop.token, "\r\n"]);
        }
        if self.is_forwarded {
            write_all(request, &["X-Forwarded-For: ", &values.shop.address, "\r\n"]);
        }
        if self.is_keyed {
            write!(request, "Idempotency-Key: {}\r\n", values.number).expect("memory takes everything");
        }
        if self.body.is_empty() {
            return request.extend_from_slice(b"\r\n");
        }
        let mut body = Vec::with_capacity(512);
        write_parts(&self.body, &mut body, values);
        write!(request, "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len())
            .expect("memory takes everything");
        request.extend_from_slice(&body);
    }
}

fn parts(text: &'static str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let (name, after) = after.split_once('>').expect("a place ends");
        parts.extend([Part::Text(before), place(name)]);
        rest = after;
    }
    parts.push(Part::Text(rest));
    parts.retain(|part| *part != Part::Text(""));
    parts
}

fn place(name: &str) -> Part {
    match name {
        "customer" => Part::Customer,
        "number" => Part::Number,
        "date" => Part::Date,
        "mobile" => Part::Mobile,
        "password" => Part::Password,
        _ => panic!("no place is called {name}"),
    }
}

fn write_parts(parts: &[Part], target: &mut Vec<u8>, values: Values<'_>) {
    for part in parts {
        let text = match part {
            Part::Text(text) => text,
            Part::Customer => values.customer,
            Part::Date => values.date,
            Part::Mobile => &values.shop.mobile,
            Part::Password => &values.shop.password,
            // The longest number that Khata takes: 16 characters.
            Part::Number => {
                write!(target, "B-{:014}", values.number).expect("memory takes everything");
                continue;
            }
        };
        target.extend_from_slice(text.as_bytes());
    }
}

fn write_all(target: &mut Vec<u8>, texts: &[&str]) {
    for text in texts {
        target.extend_from_slice(text.as_bytes());
    }
}

/// In which order customers and shops are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// One after the other, so that each is taken as often as any other.
    InTurn,
    /// All over the place, the same in each run.
    Scattered,
}

impl Order {
    /// The place of the request with this number among `count` that there are.
    fn place(self, number: u64, count: usize) -> usize {
        // By Weyl's theorem, multiples of the golden ratio fall evenly.
        const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
        let position = match self {
            Self::InTurn => number,
            Self::Scattered => number.wrapping_mul(GOLDEN) >> 32,
        };
        usize::try_from(position % count as u64).expect("less than a count")
    }
}

/// Requests made from a template, each with another number.
#[derive(Debug)]
pub(crate) struct Templated {
    template: Rc<Template>,
    shops: Vec<Rc<Shop>>,
    order: Order,
    numbers: Rc<Numbers>,
    date: Rc<str>,
}

/// The numbers that requests get, of which no two are equal, and how many are left of them.
#[derive(Debug)]
pub(crate) struct Numbers {
    next: Cell<u64>,
    end: Cell<u64>,
}

impl Numbers {
    /// Numbers from this one on, without an end.
    pub(crate) fn from(first: u64) -> Self {
        Self { next: Cell::new(first), end: Cell::new(u64::MAX) }
    }

    /// Makes the numbers end after so many, or never.
    pub(crate) fn end_after(&self, count: Option<u64>) {
        self.end.set(count.map_or(u64::MAX, |count| self.next.get() + count));
    }

    fn take(&self) -> Option<u64> {
        let number = self.next.get();
        (number < self.end.get()).then(|| {
            self.next.set(number + 1);
            number
        })
    }
}

impl Templated {
    /// Requests for these shops, of which there is at least one, each with customers if the template has a place for one.
    pub(crate) fn new(
        template: Rc<Template>,
        shops: Vec<Rc<Shop>>,
        order: Order,
        numbers: Rc<Numbers>,
        date: Rc<str>,
    ) -> Self {
        Self { template, shops, order, numbers, date }
    }
}

impl Requests for Templated {
    fn write_next(&mut self, request: &mut Vec<u8>) -> bool {
        let Some(number) = self.numbers.take() else { return false };
        let shop = &self.shops[self.order.place(number, self.shops.len())];
        let customer = match shop.customers.len() {
            0 => "",
            count => &shop.customers[self.order.place(number / self.shops.len() as u64, count)],
        };
        self.template.write(request, Values { shop, customer, number, date: &self.date });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> Rc<Shop> {
        Rc::new(Shop { token: "t".into(), customers: vec!["a".into(), "b".into()], ..Shop::numbered(7) })
    }

    fn requests(order: Order, count: u64) -> Vec<String> {
        let template = Template::new("POST", "/c/<customer>", r#"{"n":"<number>","d":"<date>"}"#);
        let numbers = Rc::new(Numbers::from(5));
        numbers.end_after(Some(count));
        let mut requests = Templated::new(template.into(), vec![shop()], order, numbers, "2026-01-02".into());
        let mut texts = Vec::new();
        let mut request = Vec::new();
        while requests.write_next(&mut request) {
            texts.push(String::from_utf8(std::mem::take(&mut request)).unwrap());
        }
        texts
    }

    #[test]
    fn a_request_is_whole() {
        let [request] = &requests(Order::InTurn, 1)[..] else { panic!("one request") };
        assert_eq!(
            request,
            "POST /c/b HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer t\r\n\
             Content-Type: application/json\r\nContent-Length: 41\r\n\r\n\
             {\"n\":\"B-00000000000005\",\"d\":\"2026-01-02\"}"
        );
    }

    #[test]
    fn no_two_requests_are_equal() {
        for order in [Order::InTurn, Order::Scattered] {
            let mut requests = requests(order, 1000);
            requests.sort_unstable();
            requests.dedup();
            assert_eq!(requests.len(), 1000);
        }
    }

    #[test]
    fn customers_are_taken_evenly() {
        for (order, tolerance) in [(Order::InTurn, 0), (Order::Scattered, 50)] {
            let requests = requests(order, 1000);
            let first = requests.iter().filter(|request| request.starts_with("POST /c/a ")).count();
            assert!(first.abs_diff(500) <= tolerance, "{order:?}: {first}");
        }
    }
}
