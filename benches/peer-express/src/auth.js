import jwt from "jsonwebtoken";

import { Problem } from "./problem.js";

const { JWT_SECRET } = process.env;

export const TOKEN_DAYS = 7;

export function tokenOf(shopOwner) {
  return jwt.sign({ id: shopOwner.id }, JWT_SECRET, { expiresIn: `${TOKEN_DAYS}d` });
}

// Lets only those on who show a token, by header or by cookie.
export function authenticated(request, response, next) {
  const [scheme, credentials] = request.headers.authorization?.split(" ") ?? [];
  const token = scheme === "Bearer" ? credentials : request.cookies.token;
  try {
    request.shopOwnerId = jwt.verify(token, JWT_SECRET).id;
  } catch {
    throw new Problem(401, "no valid token");
  }
  next();
}
