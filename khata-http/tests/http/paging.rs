//! Lists in pages.

use axum::http::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, TestShop, id};
use crate::bodies::{self, with};
use crate::over_every_store;

/// That column of all pages, from the first on.
async fn follow(shop: &TestShop, path: &str, column: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let page = shop.get(path).await.expect(200);
        pages.push(page.column(column));
        next = page.next_page().map(ToOwned::to_owned);
        assert!(pages.len() < 100, "the pages don't end");
    }
    pages
}

async fn shop_with_customers(app: &TestApp, names: &[&str]) -> (TestShop, Vec<Value>) {
    let shop = app.shop().await;
    let mut customers = Vec::new();
    for name in names {
        customers.push(shop.customer(name).await);
    }
    (shop, customers)
}

async fn links_lead_through_all_pages(app: TestApp) {
    let (shop, customers) = shop_with_customers(&app, &["E", "A", "D", "B", "C"]).await;
    for (customer, total) in customers.iter().zip([10, 20, 30, 20, 10]) {
        shop.invoice(customer, total).await;
    }
    let by_balance = follow(&shop, "/api/customers/shop?sort=balance&limit=2", "balance").await;
    assert_eq!(by_balance, [vec![30, 20], vec![20, 10], vec![10]]);
    for (path, names) in [
        ("/api/customers/shop?sort=name&limit=2", [vec!["A", "B"], vec!["C", "D"], vec!["E"]]),
        ("/api/customers/shop?limit=2", [vec!["C", "B"], vec!["D", "A"], vec!["E"]]),
        ("/api/customers/shop?q=9&sort=name&limit=2", [vec!["A", "B"], vec!["C", "D"], vec!["E"]]),
    ] {
        assert_eq!(follow(&shop, path, "name").await, names, "{path}");
    }
    let numbers = follow(&shop, "/api/invoices/shop?from=2026-01-01&limit=2", "seq").await;
    assert_eq!(numbers, [vec![5, 4], vec![3, 2], vec![1]]);
}

async fn a_full_last_page_has_no_next(app: TestApp) {
    let (shop, _) = shop_with_customers(&app, &["A", "B"]).await;
    assert_eq!(follow(&shop, "/api/customers/shop?limit=2&sort=name", "name").await, [["A", "B"]]);
    assert_eq!(follow(&shop, "/api/customers/shop?limit=500&sort=name", "name").await, [["A", "B"]]);
    assert_eq!(follow(&app.shop().await, "/api/customers/shop", "name").await, [Vec::<Value>::new()]);
}

async fn a_page_has_a_hundred_rows_if_nothing_is_said(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    for _ in 0..101 {
        shop.invoice(&customer, 1).await;
    }
    let pages = follow(&shop, "/api/invoices/shop", "seq").await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [100, 1]);
}

async fn what_stays_put_is_neither_repeated_nor_missed(app: TestApp) {
    let (shop, customers) = shop_with_customers(&app, &["A", "B", "C", "D"]).await;
    let first = shop.get("/api/customers/shop?limit=2").await.expect(200);
    assert_eq!(first.column("name"), ["D", "C"]);
    shop.invoice(&customers[1], 10).await;
    shop.customer("E").await;
    shop.delete(format!("/api/customers/delete/{}", id(&customers[2]))).await.expect(200);
    let rest = follow(&shop, first.next_page().unwrap(), "name").await;
    assert_eq!(rest, [["A"]]);
}

async fn a_cursor_holds_the_filters(app: TestApp) {
    let (shop, customers) = shop_with_customers(&app, &["Asha", "Asher", "Ashok", "Bina"]).await;
    let first = shop.get("/api/customers/shop?q=ash&sort=name&limit=1").await.expect(200);
    let next = first.next_page().unwrap().to_owned();
    assert!(!next.contains("q="), "{next}");
    for more in ["", "&q=ash", "&sort=name&limit=1"] {
        let page = shop.get(format!("{next}{more}")).await.expect(200);
        assert_eq!(page.column("name"), ["Asher"], "{more}");
    }
    let page = shop.get(format!("{next}&limit=10")).await.expect(200);
    assert_eq!(page.column("name"), ["Asher", "Ashok"]);
    let differs = [("q", "differs_from_cursor"), ("archived", "differs_from_cursor")];
    shop.get(format!("{next}&q=bi&archived=true")).await.expect_faults(&differs);

    let path = format!("/api/invoices/customer/{}?status=unpaid&limit=1", id(&customers[0]));
    for _ in 0..3 {
        shop.invoice(&customers[0], 10).await;
    }
    shop.receipt(&customers[0], 10).await;
    assert_eq!(follow(&shop, &path, "seq").await, [[3], [2]]);
}

async fn a_cursor_works_only_where_it_was_given_out(app: TestApp) {
    let (shop, customers) = shop_with_customers(&app, &["Asha", "Bina"]).await;
    for customer in customers.iter().cycle().take(4) {
        let invoice = shop.invoice(customer, 10).await;
        shop.credit_note(&invoice, 1).await;
        shop.receipt(customer, 10).await;
    }
    let other = app.shop().await;
    let of = |customer: &Value| id(customer).to_owned();
    let lists = [
        "/api/customers/shop".to_owned(),
        "/api/invoices/shop".to_owned(),
        format!("/api/invoices/customer/{}", of(&customers[0])),
        format!("/api/invoices/customer/{}", of(&customers[1])),
        format!("/api/receipts/shop/{}", shop.id),
        format!("/api/receipts/customer/{}", of(&customers[0])),
        "/api/creditnotes/shop".to_owned(),
        format!("/api/creditnotes/customer/{}", of(&customers[0])),
        format!("/api/customers/{}/statement", of(&customers[0])),
        format!("/api/customers/{}/statement", of(&customers[1])),
        "/api/reports/daybook".to_owned(),
    ];
    let invalid = [("cursor", "invalid_cursor")];
    for list in &lists {
        let first = shop.get(format!("{list}?limit=1")).await.expect(200);
        let next = first.next_page().unwrap();
        let cursor = next.split_once("?cursor=").unwrap().1;
        for elsewhere in lists.iter().filter(|other| *other != list) {
            shop.get(format!("{elsewhere}?cursor={cursor}")).await.expect_faults(&invalid);
        }
        for spoilt in [&cursor[1..], &cursor[..cursor.len() - 1], &format!("{cursor}A"), ""] {
            shop.get(format!("{list}?cursor={spoilt}")).await.expect_faults(&invalid);
        }
        let everybodys =
            ["/api/customers/shop", "/api/invoices/shop", "/api/creditnotes/shop", "/api/reports/daybook"];
        if everybodys.contains(&list.as_str()) {
            other.call(Method::GET, next).await.expect_faults(&invalid);
        }
        shop.get(next).await.expect(200);
    }
}

async fn a_list_of_a_day_is_paged_too(app: TestApp) {
    let shop = app.shop().await;
    let customer = shop.customer("Asha").await;
    for date in ["2026-11-01", "2026-11-02", "2026-11-01", "2026-11-01"] {
        let body = with(&bodies::plain_receipt(&customer, 5), "date", date);
        shop.post("/api/receipts/add").json(&body).await.expect(201);
    }
    let path = format!("/api/receipts/shop/{}?from=01/11/2026&to=2026-11-01&limit=2", shop.id);
    assert_eq!(follow(&shop, &path, "seq").await, [vec![json!(4), json!(3)], vec![json!(1)]]);
}

over_every_store![
    links_lead_through_all_pages,
    a_full_last_page_has_no_next,
    a_page_has_a_hundred_rows_if_nothing_is_said,
    what_stays_put_is_neither_repeated_nor_missed,
    a_cursor_holds_the_filters,
    a_cursor_works_only_where_it_was_given_out,
    a_list_of_a_day_is_paged_too,
];
