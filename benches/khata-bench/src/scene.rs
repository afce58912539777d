//! What is there before a case is measured: shops with customers and open invoices, made over HTTP as anybody would.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::analyze::analyze;
use crate::ask::{login, open_invoice};
use crate::connection::Role;
use crate::echo;
use crate::error::Error;
use crate::load::Load;
use crate::request::{Numbers, Order, Requests, Template, Templated, Values};
use crate::shop::{Shop, mobile};
use crate::system::{Server, System};
use crate::work::{Case, Scene};

/// Fewer than tries to log in may be under way from an address.
const CONNECTIONS_REGISTERING: usize = 16;
const CONNECTIONS_FILLING: usize = 64;

/// A server with what was put there.
#[derive(Debug)]
pub(crate) struct Site {
    /// The server.
    pub(crate) server: Server,
    shops: Vec<Rc<Shop>>,
    flooding: Vec<Rc<Shop>>,
    numbers: Rc<Numbers>,
    date: Rc<str>,
}

/// Makes sites, so that no two shops of a server and no two papers are the same.
#[derive(Debug)]
pub(crate) struct Builder {
    shops: u32,
    numbers: Rc<Numbers>,
    date: Rc<str>,
}

impl Builder {
    /// Makes sites on servers that are empty yet.
    pub(crate) fn new() -> Self {
        let today = chrono::Utc::now().date_naive().to_string();
        Self { shops: 0, numbers: Rc::new(Numbers::from(1)), date: today.into() }
    }

    /// Puts on the server what the case needs.
    ///
    /// # Errors
    /// If the server refuses any of it.
    pub(crate) fn build(&mut self, server: &Server, case: &Case) -> Result<Site, Error> {
        let Scene { shops, customers, invoices } = case.scene;
        let mut site = Site {
            server: server.clone(),
            shops: Vec::new(),
            flooding: Vec::new(),
            numbers: Rc::clone(&self.numbers),
            date: Rc::clone(&self.date),
        };
        if server.system == System::Echo {
            let customers = vec!["0192d3a4-5b6c-7d8e-9f00-112233445566".into()];
            let shop = Shop { token: echo::token()?, customers, ..Shop::numbered(0) };
            site.shops = vec![shop.into()];
            return Ok(site);
        }
        let shops = self.registered(server.address, shops)?;
        let shops = with_customers(server.address, with_tokens(server.address, shops)?, customers)?;
        site.shops = shops.into_iter().map(Rc::new).collect();
        site.flooding = self.registered(server.address, case.flood)?.into_iter().map(Rc::new).collect();
        let invoices = site.shops.len() as u64 * u64::from(customers) * u64::from(invoices);
        site.fill(invoices)?;
        // Of empty tables, statistics would say that they stay so, and postings would read them whole.
        if server.system == System::KhataPostgres && invoices > 0 {
            analyze()?;
        }
        site.check(case)?;
        Ok(site)
    }

    /// Registers so many shops.
    fn registered(&mut self, address: SocketAddr, count: u32) -> Result<Vec<Shop>, Error> {
        let first = self.shops;
        self.shops += count;
        let shops: Vec<_> = (first..self.shops).map(Shop::numbered).collect();
        let requests = shops.iter().map(|shop| {
            let body = json!({
                "shopName": "Sharma Kirana",
                "proprietorName": "Asha Sharma",
                "mobileNumber": shop.mobile,
                "password": shop.password,
            });
            post("/api/shopowners/register", shop, &body)
        });
        ask_each(address, requests.collect())?;
        Ok(shops)
    }
}

impl Site {
    /// The connections of a case, each with its requests.
    pub(crate) fn connections(&self, case: &Case) -> Vec<(Role, Box<dyn Requests>)> {
        let template = Rc::new(case.ask.template());
        let login = Rc::new(login());
        let measured = (0..case.connections).map(|connection| {
            let shops = share(&self.shops, connection, case.connections);
            (Role::Measured, self.requests(&template, shops, Order::Scattered))
        });
        let flood = self.flooding.iter().map(|shop| {
            let shops = vec![Rc::clone(shop)];
            (Role::Flood, self.requests(&login, shops, Order::InTurn))
        });
        measured.chain(flood).collect()
    }

    fn requests(&self, template: &Rc<Template>, shops: Vec<Rc<Shop>>, order: Order) -> Box<dyn Requests> {
        let (template, numbers, date) =
            (Rc::clone(template), Rc::clone(&self.numbers), Rc::clone(&self.date));
        Box::new(Templated::new(template, shops, order, numbers, date))
    }

    /// Creates so many open invoices, spread evenly.
    fn fill(&self, invoices: u64) -> Result<(), Error> {
        let template = Rc::new(open_invoice());
        self.numbers.end_after(Some(invoices));
        let connections = (0..CONNECTIONS_FILLING)
            .map(|_| (Role::Measured, self.requests(&template, self.shops.clone(), Order::InTurn)));
        let filled = Load::open(self.server.address, connections)?.run_out();
        self.numbers.end_after(None);
        filled.map(drop)
    }

    /// Makes sure that a list is as long as its title says: a faulty one might be fast.
    fn check(&self, case: &Case) -> Result<(), Error> {
        let Some(expected) = case.ask.items(&case.scene) else { return Ok(()) };
        let shop = &self.shops[0];
        let mut request = Vec::new();
        let values = Values { shop, customer: &shop.customers[0], number: 0, date: &self.date };
        case.ask.template().write(&mut request, values);
        let answers = ask_each(self.server.address, vec![request])?;
        match answers[0].as_array().map(Vec::len) {
            Some(items) if items == expected as usize => Ok(()),
            items => Err(Error::Unexpected(format!("a list of {expected} has {items:?} items"))),
        }
    }
}

/// The shops of one connection of so many: each has its own, or all have the same few.
fn share(shops: &[Rc<Shop>], connection: usize, connections: usize) -> Vec<Rc<Shop>> {
    if shops.len() < connections {
        vec![Rc::clone(&shops[connection % shops.len()])]
    } else {
        shops.iter().skip(connection).step_by(connections).cloned().collect()
    }
}

fn with_tokens(address: SocketAddr, mut shops: Vec<Shop>) -> Result<Vec<Shop>, Error> {
    let template = login();
    let requests = shops.iter().map(|shop| {
        let mut request = Vec::new();
        template.write(&mut request, Values { shop, customer: "", number: 0, date: "" });
        request
    });
    let answers = ask_each(address, requests.collect())?;
    for (shop, answer) in shops.iter_mut().zip(answers) {
        shop.token = text(&answer, "token")?;
    }
    Ok(shops)
}

fn with_customers(address: SocketAddr, mut shops: Vec<Shop>, count: u32) -> Result<Vec<Shop>, Error> {
    let requests = shops.iter().flat_map(|shop| {
        (0..count).map(move |number| {
            let body = json!({
                "name": format!("Customer {number}"),
                "firmName": "Kumar & Sons",
                "mobileNumber": mobile(number),
                "city": "Jaipur",
                "state": "Rajasthan",
            });
            post("/api/customers/add", shop, &body)
        })
    });
    let answers = ask_each(address, requests.collect())?;
    for (shop, answers) in shops.iter_mut().zip(answers.chunks(count as usize)) {
        // MongoDB's name for it is the peer's.
        let id = |answer| text(answer, "id").or_else(|_| text(answer, "_id"));
        shop.customers = answers.iter().map(id).collect::<Result<_, _>>()?;
    }
    Ok(shops)
}

fn text(answer: &Value, name: &str) -> Result<String, Error> {
    let text = answer[name].as_str().ok_or_else(|| Error::Unexpected(format!("no `{name}` in {answer}")))?;
    Ok(text.to_owned())
}

fn post(path: &str, shop: &Shop, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let authorization = match &shop.token[..] {
        "" => String::new(),
        token => format!("Authorization: Bearer {token}\r\n"),
    };
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}X-Forwarded-For: {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        shop.address,
        body.len(),
    )
    .into_bytes()
}

/// Sends each of these requests once, many at a time, and returns their answers in the same order.
fn ask_each(address: SocketAddr, requests: Vec<Vec<u8>>) -> Result<Vec<Value>, Error> {
    let connections = requests.len().min(CONNECTIONS_REGISTERING);
    let answers = vec![Value::Null; requests.len()];
    let errands = Rc::new(RefCell::new(Errands { requests, next: 0, answers }));
    let connections = (0..connections).map(|_| {
        let errand: Box<dyn Requests> = Box::new(Errand { errands: Rc::clone(&errands), index: 0 });
        (Role::Measured, errand)
    });
    Load::open(address, connections)?.run_out()?;
    Ok(errands.take().answers)
}

/// Requests that are each sent once, and what was answered.
#[derive(Debug, Default)]
struct Errands {
    requests: Vec<Vec<u8>>,
    next: usize,
    answers: Vec<Value>,
}

/// What one connection does of the errands.
struct Errand {
    errands: Rc<RefCell<Errands>>,
    index: usize,
}

impl Requests for Errand {
    fn write_next(&mut self, request: &mut Vec<u8>) -> bool {
        let errands = &mut *self.errands.borrow_mut();
        self.index = errands.next;
        errands.next += 1;
        errands.requests.get(self.index).is_some_and(|next| {
            request.extend_from_slice(next);
            true
        })
    }

    fn take_answer(&mut self, body: &[u8]) -> Result<(), Error> {
        self.errands.borrow_mut().answers[self.index] = serde_json::from_slice(body)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shops_are_shared_out() {
        let shops: Vec<_> = (0..5).map(|number| Rc::new(Shop::numbered(number))).collect();
        let of = |shops: &[Rc<Shop>], connection, connections| {
            let share = share(shops, connection, connections);
            share.iter().map(|shop| shop.mobile.clone()).collect::<Vec<_>>()
        };
        assert_eq!(of(&shops, 1, 2), ["9000000001", "9000000003"]);
        assert_eq!(of(&shops, 4, 5), ["9000000004"]);
        assert_eq!(of(&shops[..2], 5, 64), ["9000000001"]);
    }
}
