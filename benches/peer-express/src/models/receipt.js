import mongoose from "mongoose";

const schema = new mongoose.Schema(
  {
    customerId: { type: mongoose.Schema.Types.ObjectId, ref: "Customer", required: true },
    shopOwnerId: { type: mongoose.Schema.Types.ObjectId, ref: "ShopOwner", required: true },
    date: { type: Date, required: true },
    day: { type: String, required: true },
    receiptNumber: { type: String, required: true },
    paymentType: { type: String, required: true },
    amount: { type: Number, required: true },
  },
  { timestamps: true },
);
schema.index({ receiptNumber: 1, shopOwnerId: 1 }, { unique: true });

export const Receipt = mongoose.model("Receipt", schema, "receipts");
