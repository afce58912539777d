//! Particulars that not every customer has: a mobile number, tags.

use khata_core::customer::{CustomerUpdate, NewCustomer};
use khata_core::form::Patch;
use khata_core::shop::{CustomerFilter, Shop};
use khata_core::tags::Tags;
use khata_core::text::Tag;

use super::context::{TestContext, mobile, new_customer, with};
use super::suite;

suite! {
    many_customers_have_no_mobile_number,
    a_mobile_number_that_is_cleared_is_free,
    customers_are_listed_by_tag,
    tags_are_search_words_and_can_be_cleared,
}

async fn names(shop: &Shop, filter: CustomerFilter) -> Vec<String> {
    let found = shop.customers(&filter).await.unwrap().items;
    let mut names: Vec<_> = found.into_iter().map(|customer| customer.name.to_string()).collect();
    names.sort();
    names
}

fn tagged(called: &str, n: u32, tags: &[&str]) -> NewCustomer {
    new_customer(called, n).tags(Tags::parse(tags).unwrap())
}

async fn many_customers_have_no_mobile_number(context: TestContext) {
    let shop = context.shop(1).await;
    let without = |called| NewCustomer::without_mobile(called).unwrap();
    let ravi = shop.add_customer(without("Ravi")).await.unwrap();
    shop.add_customer(without("Ravi")).await.unwrap();
    shop.add_customer(new_customer("Asha", 1)).await.unwrap();
    assert_eq!(shop.customer(ravi.id).await.unwrap().mobile, None);
    assert_eq!(names(&shop, CustomerFilter::default()).await, ["Asha", "Ravi", "Ravi"]);

    let update = with(CustomerUpdate::default(), |update| update.mobile = Patch::Set(mobile(2)));
    assert_eq!(shop.update_customer(ravi.id, update, None).await.unwrap().mobile, Some(mobile(2)));
    assert_eq!(shop.add_customer(new_customer("Third", 2)).await.unwrap_err().code(), "mobile_taken");
}

async fn a_mobile_number_that_is_cleared_is_free(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = shop.add_customer(new_customer("Ravi", 1)).await.unwrap().id;
    let clear = with(CustomerUpdate::default(), |update| update.mobile = Patch::Clear);
    assert_eq!(shop.update_customer(ravi, clear, None).await.unwrap().mobile, None);
    let asha = shop.add_customer(new_customer("Asha", 1)).await.unwrap();
    assert_eq!(asha.mobile, Some(mobile(1)));
    let search = Some(mobile(1).as_str().to_owned());
    assert_eq!(names(&shop, CustomerFilter { search, ..CustomerFilter::default() }).await, ["Asha"]);
}

async fn customers_are_listed_by_tag(context: TestContext) {
    let shop = context.shop(1).await;
    shop.add_customer(tagged("Ravi", 1, &["Wholesale", "Market Road"])).await.unwrap();
    shop.add_customer(tagged("Asha", 2, &["Wholesale only"])).await.unwrap();
    shop.add_customer(tagged("Wholesale Mart", 3, &["Café"])).await.unwrap();
    for (tag, found) in [
        ("WHOLESALE", vec!["Ravi"]),
        ("market road", vec!["Ravi"]),
        ("cafe", vec!["Wholesale Mart"]),
        ("road", vec![]),
    ] {
        let filter = CustomerFilter { tag: Some(Tag::parse(tag).unwrap()), ..CustomerFilter::default() };
        assert_eq!(names(&shop, filter).await, found, "{tag}");
    }
    let filter = CustomerFilter {
        search: Some("ra".to_owned()),
        tag: Some(Tag::parse("Wholesale only").unwrap()),
        ..CustomerFilter::default()
    };
    assert_eq!(names(&shop, filter).await, [""; 0]);
}

async fn tags_are_search_words_and_can_be_cleared(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = shop.add_customer(tagged("Ravi", 1, &["Market Road", "थोक"])).await.unwrap();
    assert_eq!(ravi.tags.as_ref().unwrap().as_slice(), ["Market Road", "थोक"]);
    let search = |text: &str| CustomerFilter { search: Some(text.to_owned()), ..CustomerFilter::default() };
    assert_eq!(names(&shop, search("road")).await, ["Ravi"]);
    let none = with(CustomerUpdate::default(), |update| update.tags = Patch::Set(Tags::default()));
    assert_eq!(shop.update_customer(ravi.id, none, None).await.unwrap().tags, None);
    assert_eq!(names(&shop, search("road")).await, [""; 0]);
}
