// V8 ends the whole process ("Fatal JavaScript invalid size") without telling anybody. Expected: function_crashed, a strike.
function attack() {
  return 'a'.repeat(2 ** 28).split('')
}
