// Whether it is so for any run whose steps are taken together with this one's: a matter of speed, never of results.
fn company_any(condition: bool) -> bool {
  return subgroupAny(condition);
}
