//! The demo's shop and its customers.

use khata_core::calendar::Date;
use khata_core::customer::NewCustomer;
use khata_core::gst::Gstin;
use khata_core::money::Money;
use khata_core::owner::NewOwner;
use khata_core::text::Name;

use super::random::Random;
use super::regions::{HOME, REGIONS, Region};

/// What the demo's owner logs in with.
pub(super) const MOBILE: &str = "9000012345";

/// What the demo's owner logs in with. It protects nothing: there is nothing but made-up names behind it.
pub(super) const PASSWORD: &str = "apni-dukaan-ka-khata";

/// One rupee.
const RUPEE: i64 = 100;

/// The shop.
pub(super) fn owner() -> NewOwner {
    let mut random = Random::new(1);
    let owner = NewOwner::new("गणेश टेक्सटाइल्स", "मीरा देशपांडे", MOBILE, PASSWORD);
    let mut owner = owner.expect("the demo's owner is valid");
    owner.gst_number = Some(gstin(HOME, &mut random));
    owner.state = Some(name(HOME.state));
    owner
}

/// A customer, and where from.
#[derive(Debug)]
pub(super) struct Person {
    /// The customer.
    pub(super) new: NewCustomer,
    /// The region.
    pub(super) region: &'static Region,
}

/// The customer at that place of the list, as they were when the book began.
pub(super) fn person(place: u32, began: Date, random: &mut Random) -> Person {
    let region = region(random);
    let family = random.pick(region.family);
    let full_name = format!("{} {family}", random.pick(region.given));
    let new = NewCustomer::new(full_name, number(place));
    let mut new = new.expect("the demo's names and numbers are valid");
    new.city = Some(name(random.pick(region.cities)));
    new.state = Some(name(region.state));
    if random.chance(60) {
        new.firm_name = Some(name(&format!("{family} {}", random.pick(region.shops))));
        new.gst_number = random.chance(60).then(|| gstin(region, random));
    }
    new.opening_balance = match random.between(1..=100) {
        1..=25 => Some(random.between(5..=400)),
        26..=28 => Some(-random.between(5..=50)),
        _ => None,
    }
    .map(|hundreds| Money::from_minor(hundreds * 100 * RUPEE));
    new.opening_date = new.opening_balance.map(|_| began);
    new.credit_limit = random.chance(30).then(|| Money::from_minor(random.between(1..=10) * 50_000 * RUPEE));
    Person { new, region }
}

fn region(random: &mut Random) -> &'static Region {
    let mut place = random.between(1..=100);
    let here = |region: &&Region| {
        place -= region.share;
        place <= 0
    };
    REGIONS.iter().find(here).unwrap_or(HOME)
}

/// A mobile number of its own for each place: the multiplier and the count of numbers have no common divisor.
fn number(place: u32) -> String {
    let rest = (u64::from(place) * 61_803_399 + 14_159_265) % 100_000_000;
    format!("98{rest:08}")
}

/// A GSTIN of nobody: the letters and digits of its PAN are random, and the check digit fits.
fn gstin(region: &Region, random: &mut Random) -> Gstin {
    let mut letter = || {
        let place = u8::try_from(random.between(0..=25)).expect("it is at most 25");
        char::from(b'A' + place)
    };
    let (first, second, third, fifth, tenth) = (letter(), letter(), letter(), letter(), letter());
    // P is a natural person, as most who trade by themselves are.
    let pan = format!("{first}{second}{third}P{fifth}{:04}{tenth}", random.between(1..=9999));
    // Core alone knows how a check digit is made; of all 36, one fits.
    ('0'..='9')
        .chain('A'..='Z')
        .find_map(|check| Gstin::parse(&format!("{}{pan}1Z{check}", region.code)).ok())
        .expect("a check digit fits")
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("the demo's names are valid")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn people(count: u32) -> Vec<Person> {
        let began = Date::from_ymd(2025, 11, 24).unwrap();
        (0..count).map(|place| person(place, began, &mut Random::new(place.into()))).collect()
    }

    #[test]
    fn the_same_people_come_each_time() {
        let names = |people: Vec<Person>| people.into_iter().map(|person| person.new).collect::<Vec<_>>();
        assert_eq!(names(people(50)), names(people(50)));
    }

    #[test]
    fn everybody_has_a_number_of_their_own_and_it_is_not_the_owners() {
        let people = people(5_000);
        let numbers: BTreeSet<_> = people.iter().map(|person| &person.new.mobile).collect();
        assert_eq!(numbers.len(), people.len());
        assert!(!numbers.contains(&Some(owner().mobile)));
    }

    #[test]
    fn a_gstin_is_of_the_customers_state() {
        let registered =
            people(500).into_iter().filter_map(|person| Some((person.new.gst_number?, person.region)));
        let registered: Vec<_> = registered.collect();
        assert!(registered.len() > 100);
        for (gstin, region) in registered {
            assert!(gstin.as_str().starts_with(region.code), "{gstin} in {}", region.state);
        }
    }
}
