//go:build amd64 && !purego

#include "textflag.h"

// func markBlocksAVX2(b *byte, blocks int, quotes, slashes, brackets, highs *uint64) (ctl, high uint64)
TEXT ·markBlocksAVX2(SB), NOSPLIT, $0-64
	MOVQ b+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ quotes+16(FP), DI
	MOVQ slashes+24(FP), R8
	MOVQ brackets+32(FP), R9
	MOVQ highs+40(FP), R10

	MOVQ $0x22, AX // "
	MOVQ AX, X0
	VPBROADCASTB X0, Y0
	MOVQ $0x5c, AX // backslash
	MOVQ AX, X1
	VPBROADCASTB X1, Y1
	MOVQ $0x20, AX // folds [ to { and ] to }
	MOVQ AX, X2
	VPBROADCASTB X2, Y2
	MOVQ $0x7b, AX // {
	MOVQ AX, X3
	VPBROADCASTB X3, Y3
	MOVQ $0x7d, AX // }
	MOVQ AX, X4
	VPBROADCASTB X4, Y4
	MOVQ $0x1f, AX // the last control byte
	MOVQ AX, X5
	VPBROADCASTB X5, Y5
	VPXOR Y14, Y14, Y14
	XORQ R11, R11

loop:
	VMOVDQU (SI), Y6
	VMOVDQU 32(SI), Y7

	VPCMPEQB Y0, Y6, Y8
	VPCMPEQB Y0, Y7, Y9
	VPMOVMSKB Y8, AX
	VPMOVMSKB Y9, BX
	SHLQ $32, BX
	ORQ BX, AX
	MOVQ AX, (DI)

	VPCMPEQB Y1, Y6, Y8
	VPCMPEQB Y1, Y7, Y9
	VPMOVMSKB Y8, AX
	VPMOVMSKB Y9, BX
	SHLQ $32, BX
	ORQ BX, AX
	MOVQ AX, (R8)

	VPOR Y2, Y6, Y8
	VPOR Y2, Y7, Y9
	VPCMPEQB Y3, Y8, Y10
	VPCMPEQB Y4, Y8, Y11
	VPCMPEQB Y3, Y9, Y12
	VPCMPEQB Y4, Y9, Y13
	VPOR Y10, Y11, Y10
	VPOR Y12, Y13, Y12
	VPMOVMSKB Y10, AX
	VPMOVMSKB Y12, BX
	SHLQ $32, BX
	ORQ BX, AX
	MOVQ AX, (R9)

	VPMINUB Y5, Y6, Y8
	VPMINUB Y5, Y7, Y9
	VPCMPEQB Y6, Y8, Y8
	VPCMPEQB Y7, Y9, Y9
	VPOR Y8, Y14, Y14
	VPOR Y9, Y14, Y14

	VPMOVMSKB Y6, AX
	VPMOVMSKB Y7, BX
	SHLQ $32, BX
	ORQ BX, AX
	MOVQ AX, (R10)
	ORQ AX, R11

	ADDQ $64, SI
	ADDQ $8, DI
	ADDQ $8, R8
	ADDQ $8, R9
	ADDQ $8, R10
	DECQ CX
	JNZ loop

	VPMOVMSKB Y14, AX
	MOVQ AX, ctl+48(FP)
	MOVQ R11, high+56(FP)
	VZEROUPPER
	RET

// func findSpellingAVX2(b *byte, blocks int) int
// The offset of the first err or u00 that begins in the blocks of 32 bytes, or
// that of their end. Reads two bytes behind the last block.
TEXT ·findSpellingAVX2(SB), NOSPLIT, $0-24
	MOVQ b+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ $0x72, AX // r
	MOVQ AX, X0
	VPBROADCASTB X0, Y0
	MOVQ $0x30, AX // 0
	MOVQ AX, X1
	VPBROADCASTB X1, Y1
	MOVQ $0x65, AX // e
	MOVQ AX, X8
	VPBROADCASTB X8, Y8
	MOVQ $0x75, AX // u
	MOVQ AX, X9
	VPBROADCASTB X9, Y9
	XORQ DX, DX

spell:
	CMPQ DX, CX
	JGE done
	VMOVDQU (SI), Y2
	VMOVDQU 1(SI), Y3
	VMOVDQU 2(SI), Y10
	VPCMPEQB Y8, Y2, Y4
	VPCMPEQB Y0, Y3, Y5
	VPCMPEQB Y0, Y10, Y6
	VPAND Y4, Y5, Y4
	VPAND Y6, Y4, Y4
	VPCMPEQB Y9, Y2, Y5
	VPCMPEQB Y1, Y3, Y6
	VPCMPEQB Y1, Y10, Y7
	VPAND Y5, Y6, Y5
	VPAND Y7, Y5, Y5
	VPOR Y4, Y5, Y4
	VPMOVMSKB Y4, AX
	TESTL AX, AX
	JNZ hit
	ADDQ $32, SI
	INCQ DX
	JMP spell

hit:
	BSFL AX, AX
	SHLQ $5, DX
	ADDQ AX, DX
	MOVQ DX, ret+16(FP)
	VZEROUPPER
	RET

done:
	SHLQ $5, DX
	MOVQ DX, ret+16(FP)
	VZEROUPPER
	RET

// func resolveCLMUL(quotes, slashes, brackets *uint64, words int) (seen uint64)
// resolve; the prefix XOR is a carry-less multiplication by all ones.
TEXT ·resolveCLMUL(SB), NOSPLIT, $0-40
	MOVQ quotes+0(FP), DI
	MOVQ slashes+8(FP), SI
	MOVQ brackets+16(FP), R9
	MOVQ words+24(FP), CX
	PCMPEQB X1, X1
	XORQ R10, R10 // the first byte of the next block is escaped
	XORQ R11, R11 // all ones: the next block begins in a string
	XORQ R12, R12
	MOVQ $0xAAAAAAAAAAAAAAAA, R13
	TESTQ CX, CX
	JEQ  resolved

block:
	MOVQ (DI), AX
	MOVQ (SI), BX
	MOVQ BX, DX
	ORQ  R10, DX
	JNE  escapes

strings:
	MOVQ AX, X0
	PCLMULQDQ $0, X1, X0
	MOVQ X0, DX
	XORQ R11, DX
	MOVQ DX, R11
	SARQ $63, R11
	NOTQ DX
	ANDQ DX, (R9)
	ADDQ $8, DI
	ADDQ $8, SI
	ADDQ $8, R9
	DECQ CX
	JNE  block

resolved:
	MOVQ R12, seen+32(FP)
	RET

escapes:
	ORQ  BX, R12
	MOVQ R10, R8
	NOTQ R8
	ANDQ BX, R8 // where runs start
	LEAQ (R8)(R8*1), R15
	ORQ  R13, R15
	SUBQ R8, R15
	XORQ R13, R15 // codes
	ORQ  BX, R10
	XORQ R15, R10
	NOTQ R10
	ANDQ R10, AX
	MOVQ AX, (DI)
	ANDQ BX, R15
	MOVQ R15, R10
	SHRQ $63, R10
	JMP  strings
