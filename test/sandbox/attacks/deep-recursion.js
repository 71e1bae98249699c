// Exhausts the stack; an ordinary RangeError inside. Expected: bad_request.
function attack() {
  const dive = (depth) => dive(depth + 1) + 1
  return dive(0)
}
