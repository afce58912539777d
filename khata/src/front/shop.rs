// A shop, and a customer who owes it 1180.50: what the examples of the front page begin with.

async fn shop() -> Result<Shop, Box<dyn std::error::Error>> {
    let khata = khata::open("sqlite::memory:").await?;
    let (name, owner) = (Name::parse("Sharma Kirana")?, Name::parse("Asha Sharma")?);
    let (mobile, password) = (MobileNumber::parse("98765 43210")?, Password::parse("correct horse battery")?);
    let owner = khata.register(NewOwner::new(name, owner, mobile, password)).await?;
    Ok(khata.shop(owner.id).await?)
}

async fn bill(shop: &Shop) -> Result<khata::customer::Customer, Box<dyn std::error::Error>> {
    let ravi = NewCustomer::new(Name::parse("Ravi Kumar")?, MobileNumber::parse("91234 56789")?);
    let ravi = shop.add_customer(ravi).await?;
    let amount = shop.currency().parse_plain("1180.50")?;
    shop.add_invoice(NewInvoice::new(ravi.id, shop.today(), amount)).await?;
    Ok(ravi)
}
