// For a device without subgroups: an invocation knows of no others.
fn company_any(condition: bool) -> bool {
  return condition;
}
