import bcrypt from "bcryptjs";
import { Router } from "express";

import { TOKEN_DAYS, authenticated, tokenOf } from "../auth.js";
import { ShopOwner } from "../models/shopowner.js";
import { Problem, requireFields } from "../problem.js";

const BCRYPT_COST = 10;
const DAY_MS = 24 * 60 * 60 * 1000;

export const shopOwners = Router();

shopOwners.post("/register", async ({ body }, response) => {
  requireFields(body, ["shopName", "proprietorName", "mobileNumber", "password"]);
  const { shopName, proprietorName, mobileNumber, gstNumber } = body;
  if (await ShopOwner.findOne({ mobileNumber })) throw new Problem(409, "mobileNumber is taken");
  const password = await bcrypt.hash(body.password, BCRYPT_COST);
  const shopOwner = await ShopOwner.create({ shopName, proprietorName, mobileNumber, password, gstNumber });
  response.status(201).json({ shopOwner });
});

shopOwners.post("/login", async ({ body }, response) => {
  requireFields(body, ["mobileNumber", "password"]);
  const shopOwner = await ShopOwner.findOne({ mobileNumber: body.mobileNumber });
  if (!shopOwner || !(await bcrypt.compare(body.password, shopOwner.password))) {
    throw new Problem(401, "wrong mobile number or password");
  }
  const token = tokenOf(shopOwner);
  response.cookie("token", token, { httpOnly: true, sameSite: "strict", maxAge: TOKEN_DAYS * DAY_MS });
  response.json({ shopOwner, token });
});

shopOwners.post("/logout", authenticated, (request, response) => {
  response.clearCookie("token");
  response.json({ message: "logged out" });
});

shopOwners.get("/getdetails/:id", authenticated, async ({ params, shopOwnerId }, response) => {
  if (params.id !== shopOwnerId) throw new Problem(404, "no such shop");
  response.json(await ShopOwner.findById(shopOwnerId));
});

shopOwners.put("/update/:id", authenticated, async ({ params, body, shopOwnerId }, response) => {
  if (params.id !== shopOwnerId) throw new Problem(404, "no such shop");
  const { shopName, proprietorName, mobileNumber, gstNumber } = body;
  const changes = { shopName, proprietorName, mobileNumber, gstNumber };
  if (body.password) changes.password = await bcrypt.hash(body.password, BCRYPT_COST);
  response.json(await ShopOwner.findByIdAndUpdate(shopOwnerId, changes, { new: true }));
});
