// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI

/// The arguments of one driven call, with the memory they point to.
struct ForgedArguments {
    /// One register each, as libffi reads them.
    private(set) var slots: [UInt64] = []
    private var buffers: [GuardedBuffer] = []
    private(set) var error: GuardedBuffer?
    /// Where open puts the plugin's self.
    private(set) var opened: GuardedBuffer?
    private let handle: UInt64
    private let host: UnsafePointer<kubearmor_host>
    /// A key that no daemon uses.
    private static let workload: UInt64 = 0x7fff_ffff_ffff_0001
    private static let huge: UInt64 = 1 << 40

    init(_ one: DriveCase, handle: UInt, host: UnsafePointer<kubearmor_host>) {
        self.handle = UInt64(handle)
        self.host = host
        var last: DriveCase.Variant = .valid
        for (index, letter) in one.signature.arguments.enumerated() {
            let variant = one.variants[index] ?? .valid
            // A number that belongs to the array before it takes the array's variant.
            let follows = letter == "n" || letter == "m" || letter == "e"
            slots.append(value(letter, follows ? last : variant))
            if letter != "c" { last = variant }
        }
    }

    /// False when the plugin wrote where it must not.
    var isIntact: Bool { buffers.allSatisfy(\.isIntact) }

    private mutating func buffer(_ size: Int) -> GuardedBuffer {
        let buffer = GuardedBuffer(allowed: size)
        buffers.append(buffer)
        return buffer
    }

    private mutating func structure<Value: BitwiseCopyable>(_ value: Value) -> UInt64 {
        let buffer = buffer(MemoryLayout<Value>.size)
        buffer.store(value)
        return buffer.address
    }

    private mutating func value(_ letter: Character, _ variant: DriveCase.Variant) -> UInt64 {
        switch letter {
        case "E", "e": return errorArgument(letter, variant)
        case _ where variant == .null: return 0
        case "s": return handle
        case "H": return hostArgument(variant)
        case "P": return probeArgument(variant)
        case "S":
            opened = buffer(8)
            return opened?.address ?? 0
        case "c": return buffer(8).address
        case "R": return ruleSet(variant)
        case "B": return binding(variant)
        case "N": return array(variant, size: MemoryLayout<kubearmor_snapshot>.size)
        case "T": return array(variant, size: MemoryLayout<kubearmor_stat>.size)
        case "h": return array(variant, size: MemoryLayout<kubearmor_holding>.size)
        case "x": return variant == .valid || variant == .one ? buffer(1).address : 0
        case "K": return array(variant, size: MemoryLayout<kubearmor_record>.size)
        case "y": return names(variant)
        case "t": return text(variant)
        default: return number(letter, variant)
        }
    }

    /// One name; none where more than there can be are announced.
    private mutating func names(_ variant: DriveCase.Variant) -> UInt64 {
        guard variant != .empty, variant != .hugeCount else { return 0 }
        var name = kubearmor_string()
        if variant != .zeroSize {
            let text = buffer(variant == .hugeText ? 1 << 16 : 8)
            text.content.initializeMemory(as: UInt8.self, repeating: 0x61)
            name.data = UnsafePointer(bitPattern: UInt(text.address))
            name.length = UInt64(text.content.count)
        }
        return structure(name)
    }

    private func number(_ letter: Character, _ variant: DriveCase.Variant) -> UInt64 {
        switch (letter, variant) {
        case ("n", .hugeCount), ("m", .hugeCount): Self.huge
        case ("n", .empty), ("m", .empty): 0
        case ("n", _), ("m", _): 1
        case ("q", .valid): Self.workload
        case (_, .empty): 0
        case ("i", .maximum): UInt64(Int32.max)
        case ("i", .minimum): UInt64(bitPattern: Int64(Int32.min))
        case ("u", .maximum): UInt64(UInt32.max)
        case (_, .maximum): .max
        case ("w", _): 10
        default: 0
        }
    }

    private mutating func errorArgument(_ letter: Character, _ variant: DriveCase.Variant) -> UInt64 {
        let size =
            switch variant {
            case .noError: 0
            case .tinyError: 1
            case .shortError: 16
            default: Int(KUBEARMOR_ERROR_SIZE)
            }
        guard letter == "E" else { return UInt64(size) }
        guard size > 0 else { return 0 }
        let made = buffer(size)
        // So that a text without its NUL is seen.
        made.content.initializeMemory(as: UInt8.self, repeating: 0x5a)
        error = made
        return made.address
    }

    private mutating func hostArgument(_ variant: DriveCase.Variant) -> UInt64 {
        guard variant == .zeroSize else { return UInt64(UInt(bitPattern: host)) }
        // A plugin may keep it, so it stays for ever.
        let table = UnsafeMutablePointer<kubearmor_host>.allocate(capacity: 1)
        table.initialize(to: kubearmor_host())
        return UInt64(UInt(bitPattern: table))
    }

    private mutating func probeArgument(_ variant: DriveCase.Variant) -> UInt64 {
        let whole = MemoryLayout<kubearmor_probe>.size
        let size = variant == .zeroSize ? 0 : variant == .shortSize ? 8 : whole
        let buffer = buffer(max(4, size))
        buffer.store(UInt32(size))
        return buffer.address
    }

    private mutating func ruleSet(_ variant: DriveCase.Variant) -> UInt64 {
        var set = kubearmor_rule_set()
        set.struct_size = variant == .zeroSize ? 0 : UInt32(MemoryLayout<kubearmor_rule_set>.size)
        if variant == .hugeCount {
            set.classes = 1 << KUBEARMOR_CLASS_FILE
            set.rule_count = Self.huge
            set.strings_size = Self.huge
            set.automaton_cells = Self.huge
        }
        if variant == .beyond {
            var rule = kubearmor_rule()
            rule.struct_size = UInt32(MemoryLayout<kubearmor_rule>.size)
            rule.id = .max
            rule.class_ = .max
            rule.match = .max
            rule.object = kubearmor_span(offset: .max, length: .max)
            rule.source = kubearmor_span(offset: 1, length: .max)
            set.classes = .max
            set.rules = UnsafePointer(bitPattern: UInt(structure(rule)))
            set.rule_count = 1
            set.strings = UnsafePointer(bitPattern: UInt(buffer(1).address))
            set.strings_size = 1
        }
        return structure(set)
    }

    private mutating func binding(_ variant: DriveCase.Variant) -> UInt64 {
        var binding = kubearmor_binding()
        binding.struct_size = variant == .zeroSize ? 0 : UInt32(MemoryLayout<kubearmor_binding>.size)
        binding.type = variant == .unknownType ? .max : KUBEARMOR_BINDING_CGROUP
        // No cgroup has this number.
        binding.number = .max - 1
        if variant == .hugeText {
            let size = 65536
            let text = buffer(size)
            text.content.initializeMemory(as: UInt8.self, repeating: 0x61)
            binding.type = KUBEARMOR_BINDING_LABEL
            binding.text.data = UnsafePointer(bitPattern: UInt(text.address))
            binding.text.length = UInt64(size)
        }
        return structure(binding)
    }

    private mutating func array(_ variant: DriveCase.Variant, size: Int) -> UInt64 {
        if variant == .hugeCount || variant == .empty { return 0 }
        // Whoever left struct_size zero may be taken to mean this version's size, so there is room for that.
        let declared = variant == .shortSize ? 8 : size
        let buffer = buffer(declared)
        if variant != .zeroSize { buffer.store(UInt32(declared)) }
        return buffer.address
    }

    private mutating func text(_ variant: DriveCase.Variant) -> UInt64 {
        let count = variant == .empty ? 0 : variant == .hugeText ? 65536 : 8
        let buffer = buffer(count + 1)
        buffer.content.initializeMemory(as: UInt8.self, repeating: 0x61)
        buffer.store(UInt8(0), at: count)
        return buffer.address
    }
}
