// For a device without subgroups, and for a run with a workgroup of its own: no run knows of another.
fn neighbors_any(condition: bool) -> bool {
  return condition;
}
