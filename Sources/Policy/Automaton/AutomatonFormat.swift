// SPDX-License-Identifier: Apache-2.0

/// The constants of Sources/KernelEvents/include/kubearmor_automaton.h, where the format is described.
public enum AutomatonFormat {
    /// `KUBEARMOR_AUTOMATON_MAGIC`
    public static let magic: UInt32 = 0x4146_444b
    /// `KUBEARMOR_AUTOMATON_VERSION`
    public static let version: UInt32 = 2
    /// `KUBEARMOR_AUTOMATON_HEADER_CELLS`
    public static let headerCells = 8
    /// `KUBEARMOR_CELL_CHECK_SHIFT`, which is also the number of bits of a cell's `next`
    public static let checkShift: UInt64 = 28
    /// `KUBEARMOR_CELL_ACCEPT_SHIFT`
    public static let acceptShift: UInt64 = 36
    /// `KUBEARMOR_CELL_FLAGS_SHIFT`
    public static let flagsShift: UInt64 = 60
    /// `KUBEARMOR_CELL_NEXT_MASK`
    public static let nextMask: UInt64 = 0xfff_ffff
    /// `KUBEARMOR_CELL_ACCEPT_MASK`
    public static let acceptMask: UInt64 = 0xff_ffff
    /// `KUBEARMOR_CELL_SINK`
    public static let sinkFlag: UInt64 = 1
    /// `KUBEARMOR_SOURCES`
    public static let sources = 8
    /// `KUBEARMOR_SOURCE_CELLS`
    public static let sourceCells = 4
    /// `KUBEARMOR_CANDIDATES`
    public static let candidates = 256
    /// `KUBEARMOR_CANDIDATE_CELLS`
    public static let candidateCells = 2
    /// `KUBEARMOR_CANDIDATE_FLAGS_SHIFT`
    public static let candidateFlagsShift: UInt64 = 32
    /// `KUBEARMOR_CANDIDATE_ACTION_SHIFT`
    public static let candidateActionShift: UInt64 = 48
    /// `KUBEARMOR_CANDIDATE_MARKS_SHIFT`
    public static let candidateMarksShift: UInt64 = 56
    /// `KUBEARMOR_CANDIDATE_LAST`
    public static let candidateLast: UInt64 = 1
    /// `KUBEARMOR_CANDIDATE_DIRECTORY`
    public static let candidateDirectory: UInt64 = 2
    /// `KUBEARMOR_CANDIDATE_ARGUMENTS_SHIFT`
    public static let candidateArgumentsShift: UInt64 = 32

    /// `KUBEARMOR_OBJECT_PLACE`
    public static let placeMark: UInt8 = 5

    /// The flags of a rule that a candidate carries.
    static let candidateFlags: RuleFlags = [.ownerOnly, .readOnly, .ttyOnly]
    /// Cells after a state's own that its transitions may use.
    static let reach = 256
}
