import mongoose from "mongoose";

const schema = new mongoose.Schema(
  {
    customerId: { type: mongoose.Schema.Types.ObjectId, ref: "Customer", required: true },
    shopOwnerId: { type: mongoose.Schema.Types.ObjectId, ref: "ShopOwner", required: true },
    date: { type: Date, required: true },
    day: { type: String, required: true },
    invoiceNumber: { type: String, required: true },
    grossAmount: { type: Number, required: true },
    cgst: Number,
    sgst: Number,
    igst: Number,
    otherCharges: Number,
    totalAmount: { type: Number, required: true },
  },
  { timestamps: true },
);
schema.index({ invoiceNumber: 1, shopOwnerId: 1 }, { unique: true });

export const Invoice = mongoose.model("Invoice", schema, "invoices");
