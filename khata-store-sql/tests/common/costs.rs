//! What transactions cost, by whatever they are counted.

use khata_conformance::sample::{adding, head, invoicing, job, receiving, soon};
use khata_core::id::CustomerId;
use khata_core::store::Store;
use khata_core::testing::Command;

/// What it costs, as the count tells, to add so many customers to a new shop, to invoice each of them, and to be paid by
/// each. The shop's number tells it from others.
pub(crate) async fn costs(
    store: &dyn Store,
    shop: u64,
    customers: u64,
    count: impl Fn() -> usize,
) -> [usize; 3] {
    let head = head(shop);
    store.create_owner(&head, "no password").await.expect("the mobile number is nobody's");
    let ids: Vec<_> = (0..customers).map(|_| CustomerId::generate()).collect();
    let adding = (1..).zip(&ids).map(|(number, id)| adding(*id, number)).collect();
    let invoicing = ids.iter().copied().map(invoicing).collect();
    let receiving = ids.iter().copied().map(receiving).collect();
    let mut costs = [0; 3];
    for (cost, commands) in costs.iter_mut().zip([adding, invoicing, receiving]) {
        let commands: Vec<Command> = commands;
        let before = count();
        let outcomes =
            store.transact(&job(head.owner.id, commands), soon()).await.expect("it is carried out");
        *cost = count() - before;
        outcomes.into_iter().for_each(|outcome| drop(outcome.expect("it is not refused")));
    }
    costs
}
