package store

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sedlab/internal/yamlpos"
)

// MaxQuery is the length of the longest query that ParseQuery reads, in bytes.
const MaxQuery = 1000

// ParseQuery reads a query as a person types it: terms with blanks or commas between them,
// all of which must be true of a run.
//
//	name=figure*                the name or the id matches a shell pattern
//	status=done                 if repeated, one of them is enough
//	tag=keep                    if repeated, the run has all of them
//	claims=does_not_hold        a claim that the run tests has the verdict; also !=
//	since=7d                    it began since then; also a date
//	priors.glo.code_dim>=50     a Condition
//	mse.glo<0.01                the same of a median; mse has that of the best prior
//	redshift                    the word is in the id, the name, the question, a tag or the note
//
// Quotes and brackets hold blanks and commas together.
func ParseQuery(text string, now time.Time) (q Query, err error) {
	if len(text) > MaxQuery {
		return q, fmt.Errorf("has %d bytes; expected at most %d", len(text), MaxQuery)
	}
	list, err := terms(text)
	for _, term := range list {
		if err == nil {
			err = q.add(term, now)
		}
	}
	return q, err
}

// add adds a term to the query.
func (q *Query) add(term string, now time.Time) (err error) {
	at := strings.IndexAny(term, operatorBytes)
	if at < 0 || strings.ContainsRune(quotes, rune(term[0])) {
		q.Words = append(q.Words, strings.ToLower(unquoted(term)))
		return nil
	}
	key, value := term[:at], unquoted(term[at+1:])
	special := slices.Contains([]string{"status", "tag", "since"}, key)
	if special && term[at] != '=' {
		return fmt.Errorf("%s: can only be compared with =", key)
	}
	switch {
	case special && value == "":
		return fmt.Errorf("%s: has no value after =", key)
	case key == "name" && term[at] == '=':
		if q.Name != "" {
			return errors.New("name: is given twice")
		}
		q.Name = value
	case key == "claims" && !slices.Contains(Verdicts, strings.TrimPrefix(value, "=")):
		return fmt.Errorf("claims %q: %s", value, yamlpos.Instead(value, Verdicts))
	case key == "tag":
		q.Tags = append(q.Tags, value)
	case key == "since":
		if q.Since, err = ParseSince(value, now); err != nil {
			return fmt.Errorf("since %w", err)
		}
	case key == "status":
		var s Status
		s, err = ParseStatus(value)
		q.Status = append(q.Status, s)
	default:
		var c Condition
		c, err = ParseCondition(term)
		q.Where = append(q.Where, c)
	}
	return err
}

// ParseStatus reads a status that a list can show.
func ParseStatus(text string) (Status, error) {
	if !slices.Contains(Statuses, Status(text)) {
		var names []string
		for _, s := range Statuses {
			names = append(names, string(s))
		}
		return "", fmt.Errorf("status %q: %s", text, yamlpos.Instead(text, names))
	}
	return Status(text), nil
}

const (
	operatorBytes = "!<>="
	quotes        = `"'`
)

// unquoted returns a text without the quotes around it, if there are any.
func unquoted(text string) string {
	if n := len(text); n >= 2 && strings.ContainsRune(quotes, rune(text[0])) && text[n-1] == text[0] {
		return text[1 : n-1]
	}
	return text
}

// terms splits a query. Blanks around an operator do not separate.
func terms(text string) (list []string, err error) {
	var term []byte
	depth, quote := 0, byte(0)
	flush := func() {
		if len(term) > 0 {
			list, term = append(list, string(term)), nil
		}
	}
	for i := range len(text) {
		c, inWord := text[i], len(term) > 0 && !strings.ContainsRune(operatorBytes+"[{, ", rune(term[len(term)-1]))
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case strings.IndexByte(quotes, c) >= 0 && !inWord:
			quote = c
		case strings.IndexByte("[{", c) >= 0:
			depth++
		case strings.IndexByte("]}", c) >= 0:
			depth = max(0, depth-1)
		case depth > 0:
		case c == ',':
			flush()
			continue
		case blank(c):
			if len(term) > 0 && !joined(term[len(term)-1], text[i:]) {
				flush()
			}
			continue
		}
		term = append(term, c)
	}
	flush()
	switch {
	case quote != 0:
		return nil, fmt.Errorf("the quote %c is not closed", quote)
	case depth > 0:
		return nil, errors.New("a bracket is not closed")
	}
	return list, nil
}

func blank(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// joined reports whether an operator is before blanks or after them.
func joined(before byte, rest string) bool {
	rest = strings.TrimLeft(rest, " \t\n\v\f\r")
	return strings.IndexByte(operatorBytes, before) >= 0 || rest != "" && strings.IndexByte(operatorBytes, rest[0]) >= 0
}

// ParseSince reads a date, a time, or an age such as 7d before now.
func ParseSince(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{"2006-01-02", "2006-01-02 15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	age, err := ParseAge(text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: must be a date such as 2026-11-01, or an age such as 7d or 12h", text)
	}
	return now.Add(-age), nil
}

// ParseAge reads an age: a number of days such as 30d, or a duration as Go writes it.
func ParseAge(text string) (time.Duration, error) {
	age, err := time.ParseDuration(text)
	if count, ok := strings.CutSuffix(text, "d"); ok {
		var days uint64
		days, err = strconv.ParseUint(count, 10, 16)
		age = time.Duration(days) * 24 * time.Hour
	}
	if err != nil || age < 0 {
		return 0, fmt.Errorf("%s: must be an age such as 30d, 12h or 90m", text)
	}
	return age, nil
}
