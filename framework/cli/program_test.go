package cli_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var namesProgram = regexp.MustCompile(`sedlab(:|\b [a-z])`)

// Messages name the program as it was called, which may be a user's own. Only help, where
// rename exchanges the name, may have it.
func TestMessagesDoNotNameOneProgram(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "program.go" {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				key, ok := n.Key.(*ast.Ident)
				return !ok || key.Name != "Long" && key.Name != "Example"
			case *ast.BasicLit:
				if namesProgram.MatchString(n.Value) {
					t.Errorf("%s: %s names sedlab; expected program, or command(…)", set.Position(n.Pos()), n.Value)
				}
			}
			return true
		})
	}
}
