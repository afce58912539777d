// A shop, and a customer who owes it 1180.50: what the examples of the front page begin with.

async fn shop() -> khata::Result<Shop> {
    let khata = khata::open("sqlite::memory:").await?;
    let new = NewOwner::new("Sharma Kirana", "Asha Sharma", "98765 43210", "correct horse battery")?;
    khata.shop(khata.register(new).await?.id).await
}

async fn bill(shop: &Shop) -> khata::Result<khata::customer::CustomerView> {
    let ravi = shop.add_customer(NewCustomer::new("Ravi Kumar", "91234 56789")?).await?;
    shop.add_invoice(NewInvoice::new(ravi.id, shop.today(), shop.amount("1180.50")?)).await?;
    Ok(ravi)
}
