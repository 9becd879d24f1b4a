// On a device without subgroups, or with a workgroup for each run: no run can ask about another.
fn neighbors_any(condition: bool) -> bool {
  return condition;
}
