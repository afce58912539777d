// An error that says how it is to be answered.
export class Problem extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export function requireFields(body, names) {
  const missing = names.filter((name) => body?.[name] === undefined || body[name] === "");
  if (missing.length > 0) throw new Problem(400, `required: ${missing.join(", ")}`);
}
