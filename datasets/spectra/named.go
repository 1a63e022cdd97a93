package spectra

import (
	"fmt"
	"slices"
	"strings"
)

// named are the roles whose columns the options may name.
var named = []role{wavelengthRole, fluxRole, errorRole, ivarRole, maskRole, redshiftRole, nameRole}

// own returns the name that the options give to the column of a role, or "".
func (o Options) own(r role) string {
	return map[role]string{
		wavelengthRole: o.Columns.Wavelength, fluxRole: o.Columns.Flux, errorRole: o.Columns.Error, ivarRole: o.Columns.Ivar,
		maskRole: o.Columns.Mask, redshiftRole: o.Columns.Redshift, nameRole: o.Columns.Name,
	}[r]
}

// requireNamed returns an error if the options name a column that is not among names, unless
// it is one of those that were found elsewhere.
func (o Options) requireNamed(names []string, elsewhere ...role) error {
	for _, r := range named {
		if own := o.own(r); own != "" && o.find(names, r) < 0 && !slices.Contains(elsewhere, r) {
			return fmt.Errorf("no %.40q, as dataset.columns={%s: …} says; there are %s", own, r, listed(names))
		}
	}
	return nil
}

// missingColumn is the error about a column that was not found.
func missingColumn(what string, names []string) error {
	return fmt.Errorf("no column of %s is recognised among %s; --set 'dataset.columns={%s: …}' names it", what, listed(names), what)
}

// listed writes names for an error.
func listed(names []string) string {
	list := strings.Join(names, ", ")
	if len(list) > 200 {
		list = strings.ToValidUTF8(list[:200], "") + "…"
	}
	if list == "" {
		list = "no names"
	}
	return list
}
