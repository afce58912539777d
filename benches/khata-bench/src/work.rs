//! The works: what is asked of the systems, of how many shops, and what is to be reached.

use crate::ask::Ask;
use crate::goal::Goal;
use crate::system::System::{self, Echo, KhataMongo, KhataPostgres, KhataSqlite, Peer};

/// Cases that are measured one after the other, on servers that were started empty for them.
#[derive(Debug)]
pub(crate) struct Work {
    /// Name on the command line.
    pub(crate) name: &'static str,
    /// Its cases, of which the first is what the others are compared with, where a goal says so.
    pub(crate) cases: &'static [Case],
}

/// One thing that is measured, over each system in turn.
#[derive(Debug)]
pub(crate) struct Case {
    /// Name after the work's.
    pub(crate) name: &'static str,
    /// What the table calls it.
    pub(crate) title: &'static str,
    /// Who does it.
    pub(crate) systems: &'static [System],
    /// What is there before.
    pub(crate) scene: Scene,
    /// What is asked.
    pub(crate) ask: Ask,
    /// On how many connections.
    pub(crate) connections: usize,
    /// On how many more connections others log in meanwhile.
    pub(crate) flood: u32,
    /// What it is about.
    pub(crate) headline: Headline,
    /// What each store is to reach.
    pub(crate) goals: fn(System) -> Vec<Goal>,
    /// Whether a quick run leaves it out.
    pub(crate) is_long: bool,
}

/// Shops that are made for a case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene {
    /// Number of shops.
    pub(crate) shops: u32,
    /// Number of customers of each shop.
    pub(crate) customers: u32,
    /// Number of open invoices of each customer.
    pub(crate) invoices: u32,
}

/// The figure that a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Headline {
    /// Answers per second.
    Rate,
    /// Median latency.
    P50,
    /// 99th percentile of the latency.
    P99,
}

const ALL: &[System] = &[Peer, KhataMongo, KhataPostgres, KhataSqlite];
const ALL_AND_CEILING: &[System] = &[Peer, KhataMongo, KhataPostgres, KhataSqlite, Echo];

/// Most resident memory after any work, in megabytes.
const MEMORY: Goal = Goal::MemoryMb(80.0);

/// What all cases have in common unless they say otherwise.
const USUAL: Case = Case {
    name: "",
    title: "",
    systems: ALL,
    scene: Scene { shops: 1, customers: 100, invoices: 0 },
    ask: Ask::Invoice,
    connections: 64,
    flood: 0,
    headline: Headline::Rate,
    goals: |_| vec![MEMORY],
    is_long: false,
};

/// Every work, in the order in which they are done.
pub(crate) const WORKS: &[Work] = &[
    Work { name: "reads", cases: READS },
    Work { name: "invoices", cases: INVOICES },
    Work { name: "receipts", cases: RECEIPTS },
    Work { name: "logins", cases: LOGINS },
    Work { name: "entries", cases: ENTRIES },
    Work { name: "shops", cases: SHOPS },
];

/// The peer has no index for its lists, as the original hadn't: it goes through all there are. So they are few here.
const READS: &[Case] = &[
    Case {
        name: "customers",
        title: "list of 100 customers",
        ask: Ask::Customers,
        goals: |_| vec![Goal::RateOfPeer(25.0), MEMORY],
        ..USUAL
    },
    Case { name: "customer", title: "one customer", ask: Ask::Customer, ..USUAL },
    Case {
        name: "invoices",
        title: "a customer's 50 invoices",
        scene: Scene { shops: 1, customers: 20, invoices: 50 },
        ask: Ask::Invoices,
        goals: |_| vec![Goal::RateOfPeer(25.0), MEMORY],
        ..USUAL
    },
];

const ONE_SHOP: Case = Case {
    name: "one-shop",
    title: "create invoice, 64 connections, one shop",
    systems: ALL_AND_CEILING,
    goals: |system| match system {
        KhataSqlite => vec![Goal::RateOfPeer(25.0), Goal::RateOfCeiling(0.22), MEMORY],
        KhataPostgres => vec![Goal::RateOfPeer(15.0), MEMORY],
        _ => vec![Goal::RateOfPeer(10.0), MEMORY],
    },
    ..USUAL
};

const INVOICES: &[Case] = &[
    ONE_SHOP,
    Case {
        name: "one-shop-keyed",
        title: "create invoice, 64 connections, one shop, with keys",
        ask: Ask::KeyedInvoice,
        is_long: true,
        ..ONE_SHOP
    },
    Case {
        name: "64-shops",
        title: "create invoice, 64 connections, 64 shops",
        scene: Scene { shops: 64, customers: 20, invoices: 0 },
        goals: |system| match system {
            KhataSqlite => vec![Goal::RateOfPeer(15.0), MEMORY],
            KhataPostgres => vec![Goal::RateOfPeer(12.0), MEMORY],
            _ => vec![Goal::RateOfPeer(8.0), MEMORY],
        },
        ..USUAL
    },
    Case {
        name: "one-connection",
        title: "create invoice, 1 connection",
        connections: 1,
        headline: Headline::P50,
        goals: |_| vec![Goal::P50OfPeer(0.6), MEMORY],
        ..USUAL
    },
];

/// However many invoices are open, the customers are as many, so that nothing else differs.
const OPEN: Scene = Scene { shops: 1, customers: 10, invoices: 10 };

const RECEIPTS: &[Case] = &[
    Case { name: "10", title: "receipt, 10 open invoices", scene: OPEN, ask: Ask::Receipt, ..USUAL },
    Case {
        name: "300",
        title: "receipt, 300 open invoices",
        scene: Scene { invoices: 300, ..OPEN },
        ask: Ask::Receipt,
        goals: |_| vec![Goal::SlowerThanFirst(1.3), MEMORY],
        ..USUAL
    },
    Case {
        name: "2350",
        title: "receipt, 2,350 open invoices",
        // The peer doesn't know what is open: it is as fast as above.
        systems: &System::KHATA,
        scene: Scene { invoices: 2350, ..OPEN },
        ask: Ask::Receipt,
        goals: |_| vec![Goal::SlowerThanFirst(1.3), MEMORY],
        ..USUAL
    },
];

/// The peer computes bcrypt in JavaScript on its only thread: others wait for all the logins before them.
const LOGINS: &[Case] = &[
    Case {
        name: "alone",
        title: "one customer, 16 connections",
        systems: &System::KHATA,
        ask: Ask::Customer,
        connections: 16,
        headline: Headline::P99,
        ..USUAL
    },
    Case {
        name: "flood",
        title: "one customer, 16 connections, while 200 log in",
        systems: &System::KHATA,
        ask: Ask::Customer,
        connections: 16,
        flood: 200,
        headline: Headline::P99,
        goals: |_| vec![Goal::P99OfFirst(5.0), MEMORY],
        ..USUAL
    },
];

const SCALE: Case = Case {
    systems: &System::KHATA,
    goals: |_| vec![Goal::SlowerThanFirst(1.5), MEMORY],
    is_long: true,
    ..USUAL
};

const ENTRIES: &[Case] = &[
    Case {
        name: "10000",
        title: "create invoice in a book of 10,000 entries",
        scene: Scene { shops: 1, customers: 1000, invoices: 10 },
        goals: |_| vec![MEMORY],
        ..SCALE
    },
    Case {
        name: "100000",
        title: "create invoice in a book of 100,000 entries",
        scene: Scene { shops: 1, customers: 1000, invoices: 100 },
        ..SCALE
    },
    Case {
        name: "1000000",
        title: "create invoice in a book of 1,000,000 entries",
        scene: Scene { shops: 1, customers: 1000, invoices: 1000 },
        ..SCALE
    },
];

const SHOPS: &[Case] = &[
    Case { name: "1", title: "create invoice, 1 shop", goals: |_| vec![MEMORY], ..SCALE },
    Case {
        name: "100",
        title: "create invoice, 100 shops",
        scene: Scene { shops: 100, customers: 2, invoices: 0 },
        ..SCALE
    },
    Case {
        name: "10000",
        title: "create invoice, 10,000 shops",
        scene: Scene { shops: 10_000, customers: 2, invoices: 0 },
        ..SCALE
    },
];
