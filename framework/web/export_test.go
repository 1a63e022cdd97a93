package web

// Number writes a number as pages do.
var Number = number
