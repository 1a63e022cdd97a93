package web

import (
	"fmt"
	"math"
	"strings"

	"sedlab/framework/app"
)

// spark is a small drawing of curves, as a list of SVG polylines.
type spark struct {
	Width, Height int
	Lines         []string // their points
	Label         string   // what the drawing shows, in words
}

const (
	sparkWidth  = 108
	sparkHeight = 26
	sparkMargin = 2
)

// sparkOf draws losses over epochs, on a logarithmic scale that all curves share. It returns nil
// for no curves.
func sparkOf(curves []app.Curve) *spark {
	if len(curves) == 0 {
		return nil
	}
	low, high, first, last := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, c := range curves {
		for i, loss := range c.Loss {
			low, high = min(low, math.Log(loss)), max(high, math.Log(loss))
			first, last = min(first, float64(c.Epochs[i])), max(last, float64(c.Epochs[i]))
		}
	}
	scale := func(v, from, to float64, size int) float64 {
		if to <= from {
			return float64(size) / 2
		}
		return sparkMargin + (v-from)/(to-from)*float64(size-2*sparkMargin)
	}
	s := &spark{Width: sparkWidth, Height: sparkHeight}
	var labels []string
	for _, c := range curves {
		var points strings.Builder
		for i, loss := range c.Loss {
			fmt.Fprintf(&points, "%.1f,%.1f ", scale(float64(c.Epochs[i]), first, last, sparkWidth), scale(-math.Log(loss), -high, -low, sparkHeight))
		}
		s.Lines = append(s.Lines, strings.TrimSpace(points.String()))
		labels = append(labels, fmt.Sprintf("loss of %s from %s to %s over %d epochs", plain(c.Prior), number(c.Loss[0]), number(c.Loss[len(c.Loss)-1]), c.Epochs[len(c.Epochs)-1]))
	}
	s.Label = strings.Join(labels, "; ")
	return s
}
