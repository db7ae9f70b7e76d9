// SPDX-License-Identifier: Apache-2.0
internal import CLibFFI
import Glibc

/// libffi's descriptions of entries, made from their signatures. They live as long as the process.
enum CallInterface {
    /// The size in bytes of an argument with this letter, and whether it is a signed number.
    static func isPointer(_ letter: Character) -> Bool {
        !"qnmuiwe".contains(letter)
    }

    /// A call interface for the entry: a result of type int32_t and the signature's arguments.
    static func make(for signature: EntrySignature) -> UnsafeMutablePointer<ffi_cif> {
        let count = signature.arguments.count
        let types = UnsafeMutablePointer<UnsafeMutablePointer<ffi_type>?>.allocate(capacity: count)
        for (index, letter) in signature.arguments.enumerated() {
            types[index] = type(of: letter)
        }
        let interface = UnsafeMutablePointer<ffi_cif>.allocate(capacity: 1)
        interface.initialize(to: ffi_cif())
        let status = ffi_prep_cif(interface, FFI_DEFAULT_ABI, UInt32(count), type(of: "i"), types)
        precondition(status == FFI_OK, "libffi does not know the calling convention of this machine")
        return interface
    }

    // libffi's own descriptions are global variables, which Swift does not let pass as constant.
    private static func type(of letter: Character) -> UnsafeMutablePointer<ffi_type> {
        let value: ffi_type =
            switch letter {
            case "q", "n", "m", "e": ffi_type(size: 8, alignment: 8, type: UInt16(FFI_TYPE_UINT64), elements: nil)
            case "u": ffi_type(size: 4, alignment: 4, type: UInt16(FFI_TYPE_UINT32), elements: nil)
            case "i", "w": ffi_type(size: 4, alignment: 4, type: UInt16(FFI_TYPE_SINT32), elements: nil)
            default: ffi_type(size: 8, alignment: 8, type: UInt16(FFI_TYPE_POINTER), elements: nil)
            }
        let type = UnsafeMutablePointer<ffi_type>.allocate(capacity: 1)
        type.initialize(to: value)
        return type
    }
}
