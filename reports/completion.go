package reports

import "sedlab/internal/record"

// completion answers for values that a row lacks because its signal failed
// before it had one, such as the norm of its noise, with what the others of its
// cell have.
type completion struct {
	rows map[string][]*record.Signal // of each cell
	seen map[[2]string]any           // found values, by cell and column
}

func newCompletion(rows []*record.Signal) *completion {
	c := &completion{rows: map[string][]*record.Signal{}, seen: map[[2]string]any{}}
	for _, r := range rows {
		c.rows[r.CellID] = append(c.rows[r.CellID], r)
	}
	return c
}

// value returns a row's value of a column, or else its cell's. No column has no
// value.
func (c *completion) value(row *record.Signal, column string) any {
	if column == "" {
		return nil
	}
	if v, _ := row.Value(column); v != nil {
		return v
	}
	key := [2]string{row.CellID, column}
	v, ok := c.seen[key]
	if !ok {
		for _, r := range c.rows[row.CellID] {
			if v, _ = r.Value(column); v != nil {
				break
			}
		}
		c.seen[key] = v
	}
	return v
}
