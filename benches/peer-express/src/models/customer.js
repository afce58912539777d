import mongoose from "mongoose";

const schema = new mongoose.Schema(
  {
    firmName: String,
    name: { type: String, required: true },
    mobileNumber: { type: String, required: true },
    city: String,
    state: String,
    gstNumber: String,
    shopOwnerId: { type: mongoose.Schema.Types.ObjectId, ref: "ShopOwner", required: true },
  },
  { timestamps: true },
);
schema.index({ mobileNumber: 1, shopOwnerId: 1 }, { unique: true });

export const Customer = mongoose.model("Customer", schema, "customers");
