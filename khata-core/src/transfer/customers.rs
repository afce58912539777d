//! Copies of customers' particulars. Their totals are copied with the entries.

use std::collections::BTreeSet;

use super::error::Obstacle;
use super::part::{self, Part};
use crate::customer::Customer;
use crate::id::CustomerId;
use crate::ledger::Totals;
use crate::store::{CustomerWrite, Keys, Rows, Step, Writes};

/// Customers of a shop to add or update. Those whose mobile number still belongs to another customer are left out.
pub(super) struct Customers(pub(super) Vec<Customer>);

impl Part for Customers {
    type Left = Vec<Customer>;

    fn decide(&self, seen: &Rows) -> Result<(Step, Vec<Customer>), Obstacle> {
        let mut left = Vec::new();
        if seen.loads == 0 {
            return Ok((Step::Load(keys(&self.0)), left));
        }
        let mut taken = BTreeSet::new();
        let mut writes = Writes::default();
        for customer in &self.0 {
            let Some(changed) = brought_forward(customer, seen)? else { continue };
            let is_held = holder(customer, seen).is_some_and(|holder| holder != customer.id);
            if is_held || !customer.mobile.as_ref().is_none_or(|mobile| taken.insert(mobile)) {
                left.push(customer.clone());
            } else {
                writes.customers.push(CustomerWrite::new(changed));
            }
        }
        Ok((Step::Write(Box::new(writes)), left))
    }
}

/// A dry run of [`Customers`], which writes nothing. It returns the customers whose mobile number still belongs to another
/// customer, with that customer.
pub(super) struct Foreseen(pub(super) Vec<Customer>);

impl Part for Foreseen {
    type Left = Vec<(CustomerId, CustomerId)>;

    fn decide(&self, seen: &Rows) -> Result<(Step, Self::Left), Obstacle> {
        let mut held = Vec::new();
        if seen.loads == 0 {
            return Ok((Step::Load(keys(&self.0)), held));
        }
        for customer in &self.0 {
            if brought_forward(customer, seen)?.is_some() {
                let holder = holder(customer, seen).filter(|holder| *holder != customer.id);
                held.extend(holder.map(|holder| (customer.id, holder)));
            }
        }
        Ok((part::nothing(), held))
    }
}

fn keys(customers: &[Customer]) -> Keys {
    let mobiles = customers.iter().filter_map(|customer| Some((customer.owner, customer.mobile.clone()?)));
    let mobiles: BTreeSet<_> = mobiles.collect();
    Keys {
        customers: customers.iter().map(|customer| (customer.owner, customer.id)).collect(),
        mobiles: mobiles.into_iter().collect(),
        ..Keys::default()
    }
}

/// Returns the customer to write to the target, with the sums that the target has, or none if it is up to date.
fn brought_forward(customer: &Customer, seen: &Rows) -> Result<Option<Customer>, Obstacle> {
    let known = seen.customers.get(&(customer.owner, customer.id));
    let (totals, last_seq) = known.map_or((Totals::default(), 0), |known| (known.totals, known.last_seq));
    let post_dated = known.and_then(|known| known.post_dated.clone());
    let bounced_cheques = known.map_or(0, |known| known.bounced_cheques);
    let expected = Customer { totals, post_dated, bounced_cheques, last_seq, ..customer.clone() };
    match known {
        Some(known) if *known == expected => Ok(None),
        Some(known) if known.revision >= expected.revision => {
            Err(Obstacle::CustomerAhead { customer: customer.id })
        }
        _ => Ok(Some(expected)),
    }
}

/// Returns the holder of the customer's mobile number in the target.
fn holder(customer: &Customer, seen: &Rows) -> Option<CustomerId> {
    seen.mobiles.get(&(customer.owner, customer.mobile.clone()?)).copied()
}
