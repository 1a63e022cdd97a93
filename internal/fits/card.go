package fits

import (
	"strconv"
	"strings"
)

// Card is a keyword with its value and comment.
type Card struct {
	// Key is in upper case; that of a HIERARCH card is without this word.
	Key string
	// Value is a string, int64, float64, bool or Other; nil if it is undefined, or on a
	// commentary card. Writers take int and float32, too.
	Value any
	// Comment is what follows the value, or the text of COMMENT and HISTORY.
	Comment string
}

// Other is a value that is no string, number or logical: a complex number, or
// something malformed. It is the text of the card.
type Other string

// isCommentary reports whether a keyword has no value (§4.4.2.4).
func isCommentary(key string) bool {
	return key == "" || key == "COMMENT" || key == "HISTORY" || key == "CONTINUE"
}

// parseCard parses the 80 bytes of a card (§4.1). A keyword may be in lower case, and
// the space after = may be missing.
func parseCard(text string) Card {
	key := strings.ToUpper(strings.TrimRight(text[:8], " "))
	field := text[8:]
	if name, value, ok := strings.Cut(field, "="); key == "HIERARCH" && ok {
		key, field = strings.ToUpper(strings.TrimSpace(name)), value
	} else if field[0] == '=' && !isCommentary(key) {
		field = field[1:]
	} else {
		return Card{Key: key, Comment: strings.TrimRight(field, " ")}
	}
	value, comment := parseValue(field)
	return Card{key, value, comment}
}

// parseValue parses what follows the = of a card, in free format (§4.2).
func parseValue(field string) (value any, comment string) {
	field = strings.TrimSpace(field)
	if strings.HasPrefix(field, "'") {
		return parseText(field)
	}
	text, comment, _ := strings.Cut(field, "/")
	return parsePlain(strings.TrimSpace(text)), strings.TrimSpace(comment)
}

// parseText parses a string in quotes; a quote inside the string is doubled (§4.2.1).
func parseText(field string) (value any, comment string) {
	for end := 1; ; end++ {
		i := strings.IndexByte(field[end:], '\'')
		if i < 0 {
			return Other(field), ""
		}
		end += i
		if strings.HasPrefix(field[end:], "''") {
			end++
			continue
		}
		text := strings.ReplaceAll(field[1:end], "''", "'")
		rest := strings.TrimSpace(field[end+1:])
		return strings.TrimRight(text, " "), strings.TrimSpace(strings.TrimPrefix(rest, "/"))
	}
}

// parsePlain parses a logical, a number (§4.2.2–4.2.4; D may be the exponent's letter),
// or nothing.
func parsePlain(text string) any {
	switch text {
	case "":
		return nil
	case "T":
		return true
	case "F":
		return false
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if strings.Trim(text, "+-.0123456789EDed") == "" { // ParseFloat accepts more: hexadecimals, inf, nan
		e := strings.NewReplacer("D", "E", "d", "e").Replace(text)
		if x, err := strconv.ParseFloat(e, 64); err == nil {
			return x
		}
	}
	return Other(text)
}
