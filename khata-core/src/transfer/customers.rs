//! Customers: their particulars. What the ledger says of them comes with the entries.

use std::collections::BTreeSet;

use super::error::Obstacle;
use super::part::Part;
use crate::customer::Customer;
use crate::id::CustomerId;
use crate::ledger::Totals;
use crate::phone::MobileNumber;
use crate::store::{CustomerWrite, Keys, Rows, Step, Writes};

/// Customers to add or to bring up to date, all of one shop. Those whose mobile number is still another's are left.
pub(super) struct Customers(pub(super) Vec<Customer>);

impl Part for Customers {
    type Left = Vec<Customer>;

    fn decide(&self, seen: &Rows) -> Result<(Step, Vec<Customer>), Obstacle> {
        let mut left = Vec::new();
        if seen.loads == 0 {
            return Ok((Step::Load(self.keys()), left));
        }
        let mut taken = BTreeSet::new();
        let mut writes = Writes::default();
        for customer in &self.0 {
            let Some(changed) = brought_forward(customer, seen)? else { continue };
            if is_held(&changed.mobile, changed.id, seen, customer) || !taken.insert(&customer.mobile) {
                left.push(customer.clone());
            } else {
                writes.customers.push(CustomerWrite::new(changed));
            }
        }
        Ok((Step::Write(Box::new(writes)), left))
    }
}

impl Customers {
    fn keys(&self) -> Keys {
        let customers = self.0.iter();
        Keys {
            customers: customers.clone().map(|customer| (customer.owner, customer.id)).collect(),
            mobiles: customers
                .map(|customer| (customer.owner, customer.mobile.clone()))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            ..Keys::default()
        }
    }
}

/// The customer as it should be in the target, with the sums of the entries that are there; none if it is.
fn brought_forward(customer: &Customer, seen: &Rows) -> Result<Option<Customer>, Obstacle> {
    let known = seen.customers.get(&(customer.owner, customer.id));
    let (totals, last_seq) = known.map_or((Totals::default(), 0), |known| (known.totals, known.last_seq));
    let wanted = Customer { totals, last_seq, ..customer.clone() };
    match known {
        Some(known) if *known == wanted => Ok(None),
        Some(known) if known.revision >= wanted.revision => {
            Err(Obstacle::CustomerAhead { customer: customer.id })
        }
        _ => Ok(Some(wanted)),
    }
}

fn is_held(mobile: &MobileNumber, by: CustomerId, seen: &Rows, customer: &Customer) -> bool {
    seen.mobiles.get(&(customer.owner, mobile.clone())).is_some_and(|holder| *holder != by)
}
