package record

import (
	"errors"

	"github.com/parquet-go/parquet-go/encoding/thrift"
)

// checkStruct walks a Thrift struct and refuses lists and strings that are
// longer than the bytes that are left of size: each entry takes one at least.
func checkStruct(r thrift.Reader, size, depth int) error {
	if depth > maxDepth {
		return errors.New("nested too deeply")
	}
	for {
		f, err := r.ReadField()
		if err != nil {
			return err
		}
		if f.Type == thrift.STOP {
			return nil
		}
		// The value of a boolean field is in its type.
		if f.Type == thrift.TRUE || f.Type == thrift.FALSE {
			continue
		}
		if err := checkValue(r, f.Type, size, depth); err != nil {
			return err
		}
	}
}

func checkValue(r thrift.Reader, t thrift.Type, size, depth int) (err error) {
	switch t {
	case thrift.TRUE, thrift.FALSE, thrift.I8:
		_, err = r.ReadInt8()
	case thrift.I16:
		_, err = r.ReadInt16()
	case thrift.I32:
		_, err = r.ReadInt32()
	case thrift.I64:
		_, err = r.ReadInt64()
	case thrift.DOUBLE:
		_, err = r.ReadFloat64()
	case thrift.BINARY:
		_, err = r.ReadBytes()
	case thrift.STRUCT:
		err = checkStruct(r, size, depth+1)
	case thrift.LIST, thrift.SET:
		err = checkList(r, size, depth+1)
	default: // maps, which Parquet does not use
		err = errors.New("a value of an unknown type")
	}
	return err
}

func checkList(r thrift.Reader, size, depth int) error {
	l, err := r.ReadList()
	if err != nil {
		return err
	}
	if depth > maxDepth || int(l.Size) > size-r.BytesRead() {
		return errLength
	}
	for range l.Size {
		if err := checkValue(r, l.Type, size, depth); err != nil {
			return err
		}
	}
	return nil
}
