//! Random books, over a store and in the model: they must agree after every step, and the book must be sound.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::context::TestContext;
use super::invariants::Violation;
use super::model::{DocumentInput, Operation};
use super::model_runner::{ModelRunner, Step};
use super::suite;

suite! {
    a_random_book_agrees_with_the_model,
    a_random_book_of_many_at_once_agrees_with_the_model,
}

/// How many books a case makes.
const BOOKS: u32 = 48;
/// The most tries to make a book that fails smaller.
const SHRINKS_MAX: u32 = 400;
/// What books are made of if nobody says otherwise.
const SEED: u64 = 20_260_401;
const SEED_VARIABLE: &str = "KHATA_TEST_SEED";

async fn a_random_book_agrees_with_the_model(context: TestContext) {
    assert_agree(&context, vec(alone(), 1..40)).await;
}

async fn a_random_book_of_many_at_once_agrees_with_the_model(context: TestContext) {
    let steps = prop_oneof![1 => alone(), 1 => vec(posting(), 2..16).prop_map(Step::Together)];
    assert_agree(&context, vec(steps, 1..10)).await;
}

/// So many random books, as the steps that lead to them.
pub(super) fn books(count: u32) -> Vec<Vec<Step>> {
    let mut generator = generator();
    let steps = vec(alone(), 1..40);
    let book = |_| steps.new_tree(&mut generator).expect("no value is refused").current();
    (0..count).map(book).collect()
}

fn seed() -> u64 {
    match std::env::var(SEED_VARIABLE) {
        Ok(seed) => seed.parse().expect("the seed is a whole number"),
        Err(_) => SEED,
    }
}

/// Whoever makes random books, always the same ones of a seed.
pub(super) fn generator() -> TestRunner {
    let seed_bytes: Vec<u8> = seed().to_be_bytes().repeat(4);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed_bytes);
    TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng)
}

async fn assert_agree(context: &TestContext, books: impl Strategy<Value = Vec<Step>>) {
    let mut generator = generator();
    let mut book_runner = BookRunner { context, next: 1 };
    for _ in 0..BOOKS {
        let tree = books.new_tree(&mut generator).expect("no value is refused");
        if let Err(violation) = book_runner.run(&tree.current()).await {
            let (steps, violation) = book_runner.shrink(tree, violation).await;
            panic!("{violation}\nafter {steps:#?}\nfrom {SEED_VARIABLE}={}", seed());
        }
    }
}

/// Runs books, each in a shop of its own.
struct BookRunner<'a> {
    context: &'a TestContext,
    next: u32,
}

impl BookRunner<'_> {
    async fn run(&mut self, steps: &[Step]) -> Result<(), Violation> {
        let owner = self.next;
        self.next += 1;
        ModelRunner::new(self.context, owner).await.run(steps).await
    }

    /// The smallest book that still fails, as far as it can be found.
    async fn shrink(
        &mut self,
        mut tree: impl ValueTree<Value = Vec<Step>>,
        violation: Violation,
    ) -> (Vec<Step>, Violation) {
        let mut smallest = (tree.current(), violation);
        let mut fails = true;
        for _ in 0..SHRINKS_MAX {
            let goes_on = if fails { tree.simplify() } else { tree.complicate() };
            if !goes_on {
                break;
            }
            let ended = self.run(&tree.current()).await;
            fails = ended.is_err();
            if let Err(violation) = ended {
                smallest = (tree.current(), violation);
            }
        }
        smallest
    }
}

/// Often round, so that sums meet limits exactly.
fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![5 => 1..=500_i64, 5 => round(), 1 => 1..=9_000_000_000_i64]
}

fn round() -> impl Strategy<Value = i64> {
    (1..6_i64).prop_map(|hundreds| hundreds * 100)
}

/// A day of one of three financial years, mostly near the beginning of the second, where lock dates are too, or about the
/// present.
fn date() -> impl Strategy<Value = i64> {
    prop_oneof![5 => 0..60_i64, 4 => 0..4_i64, 1 => -365..0_i64, 1 => 60..730_i64, 3 => 230..290_i64]
}

fn limit() -> impl Strategy<Value = Option<i64>> {
    option::weighted(0.5, prop_oneof![1 => 0..2_000_i64, 2 => round()])
}

/// Numbers that collide: with case apart, and with automatic ones.
fn number() -> impl Strategy<Value = Option<&'static str>> {
    let pool = prop_oneof![
        Just("A-1"),
        Just("a-1"),
        Just("7"),
        Just("INV/2026-27/0002"),
        Just("inv/2026-27/0005"),
        Just("RCT/2026-27/0003"),
        Just("CRN/2026-27/0002"),
        Just("RFD/2026-27/0002"),
        Just("OPB/2026-27/0002"),
        Just("INV/2026-27/002"),
    ];
    option::weighted(0.25, pool)
}

/// A few keys, so that they are used again.
fn keys() -> impl Strategy<Value = Option<u8>> {
    option::weighted(0.2, 0..4_u8)
}

fn document(keys: impl Strategy<Value = Option<u8>>) -> impl Strategy<Value = DocumentInput> {
    (date(), amount(), number(), keys).prop_map(|(date, amount, number, key)| DocumentInput {
        date,
        amount,
        number,
        key,
    })
}

fn invoice(
    keys: impl Strategy<Value = Option<u8>>,
    over_limit: impl Strategy<Value = bool>,
) -> impl Strategy<Value = Operation> {
    let due = option::weighted(0.6, prop_oneof![1 => Just(-1_i64), 20 => 0..90_i64]);
    let taxed = proptest::bool::weighted(0.7);
    (any::<usize>(), document(keys), due, taxed, over_limit).prop_map(
        |(who, document, due, taxed, over_limit)| {
            let due = due.map(|after| document.date + after);
            Operation::Invoice { who, document, due, taxed, over_limit }
        },
    )
}

fn receipt(keys: impl Strategy<Value = Option<u8>>, pays: usize) -> impl Strategy<Value = Operation> {
    let pays = vec((any::<usize>(), amount()), 0..=pays);
    let cheque = any::<bool>();
    (any::<usize>(), document(keys), pays, cheque)
        .prop_map(|(who, document, pays, cheque)| Operation::Receipt { who, document, pays, cheque })
}

fn credit_note(keys: impl Strategy<Value = Option<u8>>) -> impl Strategy<Value = Operation> {
    let on = prop_oneof![1 => vec(any::<usize>(), 0), 6 => vec(any::<usize>(), 1), 2 => vec(any::<usize>(), 2..=3)];
    (any::<usize>(), on, document(keys)).prop_map(|(who, on, document)| Operation::CreditNote {
        who,
        on,
        document,
    })
}

fn debit_note(keys: impl Strategy<Value = Option<u8>>) -> impl Strategy<Value = Operation> {
    let on = option::weighted(0.3, any::<usize>());
    (any::<usize>(), document(keys), on).prop_map(|(who, document, on)| Operation::DebitNote {
        who,
        document,
        on,
    })
}

fn refund(keys: impl Strategy<Value = Option<u8>>) -> impl Strategy<Value = Operation> {
    (any::<usize>(), document(keys)).prop_map(|(who, document)| Operation::Refund { who, document })
}

fn write_off(keys: impl Strategy<Value = Option<u8>>, pays: usize) -> impl Strategy<Value = Operation> {
    let pays = vec((any::<usize>(), amount()), 0..=pays);
    (any::<usize>(), document(keys), pays).prop_map(|(who, document, pays)| Operation::WriteOff {
        who,
        document,
        pays,
    })
}

fn opening_balance(keys: impl Strategy<Value = Option<u8>>) -> impl Strategy<Value = Operation> {
    (any::<usize>(), any::<bool>(), document(keys)).prop_map(|(who, owed, document)| Operation::Opening {
        who,
        owed,
        document,
    })
}

fn void(keys: impl Strategy<Value = Option<u8>>) -> impl Strategy<Value = Operation> {
    let date = option::weighted(0.5, date());
    (any::<usize>(), date, keys).prop_map(|(what, date, key)| Operation::Void { what, date, key })
}

fn bounce(keys: impl Strategy<Value = Option<u8>>) -> impl Strategy<Value = Operation> {
    let charge = option::weighted(0.5, amount());
    (any::<usize>(), date(), charge, keys).prop_map(|(what, date, charge, key)| Operation::Bounce {
        what,
        date,
        charge,
        key,
    })
}

fn reallocate(keys: impl Strategy<Value = Option<u8>>) -> impl Strategy<Value = Operation> {
    let (date, pays) = (option::weighted(0.5, date()), vec((any::<usize>(), amount()), 0..=2));
    (any::<usize>(), date, pays, keys).prop_map(|(what, date, pays, key)| Operation::Reallocate {
        what,
        date,
        pays,
        key,
    })
}

/// A step of one operation.
fn alone() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => operation().prop_map(Step::One),
        1 => any::<usize>().prop_map(Step::Again),
        3 => any::<usize>().prop_map(Step::Settle),
        2 => (any::<usize>(), 0..2_i64).prop_map(|(who, beyond)| Step::Fill(who, beyond)),
        3 => (any::<usize>(), 0..2_i64).prop_map(|(at, beyond)| Step::Pay(at, beyond)),
        2 => (1..30_i64).prop_map(Step::Wait),
    ]
}

pub(super) fn operation() -> impl Strategy<Value = Operation> {
    let who = any::<usize>;
    let mobile = || option::weighted(0.8, 0..6_u32);
    let opening = prop_oneof![2 => Just(0), 1 => amount(), 1 => amount().prop_map(|amount| -amount)];
    // Voids without a date are dated later than most.
    let lock = option::weighted(0.6, prop_oneof![5 => -2..4_i64, 1 => 236..239_i64]);
    let add = (mobile(), opening, date(), limit())
        .prop_map(|(mobile, opening, opened, limit)| Operation::Add { mobile, opening, opened, limit });
    let update = (who(), option::of(mobile()), option::of(limit()))
        .prop_map(|(who, mobile, limit)| Operation::Update { who, mobile, limit });
    prop_oneof![
        3 => add,
        3 => update,
        3 => who().prop_map(|who| Operation::Remove { who }),
        2 => who().prop_map(|who| Operation::Restore { who }),
        2 => lock.prop_map(|until| Operation::Lock { until }),
        1 => any::<bool>().prop_map(|gstin| Operation::Register { gstin }),
        8 => invoice(keys(), proptest::bool::weighted(0.2)),
        8 => receipt(keys(), 3),
        5 => credit_note(keys()),
        4 => debit_note(keys()),
        4 => refund(keys()),
        4 => write_off(keys(), 2),
        3 => opening_balance(keys()),
        7 => void(keys()),
        4 => bounce(keys()),
        6 => reallocate(keys()),
    ]
}

/// What may be posted at once with others: whether it is refused does not depend on their order.
fn posting() -> impl Strategy<Value = Operation> {
    prop_oneof![invoice(Just(None), Just(true)), receipt(Just(None), 0)]
}
