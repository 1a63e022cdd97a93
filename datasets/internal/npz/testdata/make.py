"""Writes the archives beside it with NumPy itself: python3 make.py

Each holds x, the numbers 0, 1, -2, 3, -4, 5 as an array of 2 rows, and half, the scalar 0.5.
"""
import io
import zipfile

import numpy as np

CASES = {
    # name: (type, Fortran order, npy version, compression)
    "float32": ("<f4", False, (1, 0), zipfile.ZIP_STORED),
    "float64_deflated": ("<f8", False, (1, 0), zipfile.ZIP_DEFLATED),
    "float32_fortran_big": (">f4", True, (2, 0), zipfile.ZIP_STORED),
    "float64_fortran_deflated": ("<f8", True, (3, 0), zipfile.ZIP_DEFLATED),
    "float64_big": (">f8", False, (1, 0), zipfile.ZIP_STORED),
    "int16": ("<i2", False, (1, 0), zipfile.ZIP_STORED),
    "int32_big": (">i4", False, (1, 0), zipfile.ZIP_STORED),
    "int64": ("<i8", True, (1, 0), zipfile.ZIP_STORED),
    "int8": ("|i1", False, (1, 0), zipfile.ZIP_STORED),
}


def main():
    for name, (dtype, fortran, version, compression) in CASES.items():
        x = np.array([[0, 1, -2], [3, -4, 5]], dtype=dtype, order="F" if fortran else "C")
        with zipfile.ZipFile(name + ".npz", "w", compression) as archive:
            for key, array in {"x": x, "half": np.array(0.5)}.items():
                data = io.BytesIO()
                np.lib.format.write_array(data, array, version=version)
                archive.writestr(zipfile.ZipInfo(key + ".npy"), data.getvalue(), compression)
    np.savez("objects.npz", x=np.array([{"a": 1}], dtype=object))
    np.savez("structured.npz", x=np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))


main()
