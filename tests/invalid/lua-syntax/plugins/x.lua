func("x", function(
