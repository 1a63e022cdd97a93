package draw

import (
	"image/color"
	"math"
)

// ramp has colours at equal steps of viridis (Smith and van der Walt 2015, public domain),
// whose equal steps look equally large, in grey print and to people with colour blindness too.
var ramp = []color.RGBA{
	RGB(0x440154), RGB(0x48186a), RGB(0x472d7b), RGB(0x424086), RGB(0x3b528b), RGB(0x33638d), RGB(0x2c728e), RGB(0x26818e), RGB(0x21908c),
	RGB(0x1f9f88), RGB(0x28ae80), RGB(0x3ebc74), RGB(0x5dc963), RGB(0x82d34c), RGB(0xabdc32), RGB(0xd5e21a), RGB(0xfde725),
}

// Ramp returns the colour of a position, from dark at 0 to light at 1.
func Ramp(position float64) color.RGBA {
	at := min(max(position, 0), 1) * float64(len(ramp)-1)
	i := min(int(at), len(ramp)-2)
	rest := at - float64(i)
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + rest*(float64(b)-float64(a)))) }
	a, b := ramp[i], ramp[i+1]
	return color.RGBA{R: mix(a.R, b.R), G: mix(a.G, b.G), B: mix(a.B, b.B), A: 0xff}
}

// Contrast returns black or white, whichever stands out on a colour.
func Contrast(fill color.Color) color.Color {
	if color.GrayModel.Convert(fill).(color.Gray).Y < 0x80 {
		return color.White
	}
	return color.Black
}
