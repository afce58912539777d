import mongoose from "mongoose";

const schema = new mongoose.Schema(
  {
    shopName: { type: String, required: true },
    proprietorName: { type: String, required: true },
    mobileNumber: { type: String, required: true, unique: true },
    password: { type: String, required: true },
    gstNumber: String,
  },
  { timestamps: true },
);

// A password's hash is shown to nobody.
schema.set("toJSON", {
  transform(document, shown) {
    delete shown.password;
    return shown;
  },
});

export const ShopOwner = mongoose.model("ShopOwner", schema, "shopowners");
