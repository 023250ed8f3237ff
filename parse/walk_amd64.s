//go:build amd64 && !purego

#include "textflag.h"

// func walkPlain(p *byte, n, i int, quotes, slashes *uint64, t *look, slots *value, gen uint32) (next int, last bool)
// plain, instruction by instruction where it matters; what is rare is left to
// object. Registers: SI the bytes, DI the marks of quotes, R8 where the member
// begins, R10 the look-up table, R11 the slots; of the member BX the size of the
// key, R14 and AX the value's ends, CX where the next one begins, DX its kind,
// and above it a bit if it is the last one.
TEXT ·walkPlain(SB), NOSPLIT, $0-73
	MOVQ p+0(FP), SI
	MOVQ i+16(FP), R8
	MOVQ quotes+24(FP), DI
	MOVQ t+40(FP), R10
	MOVQ slots+48(FP), R11

member:
	LEAQ 18(R8), AX // room for the loads of the key
	CMPQ AX, n+8(FP)
	JGE  out
	CMPB (SI)(R8*1), $0x20
	JNE  key
	INCQ R8

key:
	CMPB (SI)(R8*1), $0x22
	JNE  out
	LEAQ 1(R8), CX
	MOVQ CX, AX
	SHRQ $3, AX
	ANDL $7, CX
	MOVQ (DI)(AX*1), BX
	SHRXQ CX, BX, BX
	CMPQ slashes+32(FP), $0
	JNE  slash

size:
	TZCNTQ BX, BX
	JCS  out
	CMPQ BX, $24
	JHI  out
	LEAQ 2(R8)(BX*1), DX // behind the key's quote
	MOVQ DX, CX
	MOVQ DX, AX
	SHRQ $3, AX
	ANDL $7, CX
	MOVQ (DI)(AX*1), AX
	SHRXQ CX, AX, AX
	TZCNTQ AX, CX
	JCS  out
	CMPB (SI)(DX*1), $0x3a
	JNE  out
	ADDQ DX, CX // the next quote
	LEAQ 1(DX), R14
	CMPB 1(SI)(DX*1), $0x20
	JNE  value
	INCQ R14

value:
	CMPQ R14, CX
	JNE  number
	INCQ R14
	BLSRQ AX, AX
	JEQ  far
	TZCNTQ AX, AX
	ADDQ DX, AX

behind:
	LEAQ 2(AX), CX
	CMPQ CX, n+8(FP)
	JGT  out
	MOVL $1, DX
	CMPB 1(SI)(AX*1), $0x2c
	JEQ  find
	CMPB 1(SI)(AX*1), $0x7d
	JNE  out
	MOVL $0x10001, DX

find:
	MOVL $8, R9
	XORL R12, R12
	SUBQ BX, R9
	CMOVQLT R12, R9 // how many bytes are missing at 8
	LEAQ -7(R8)(BX*1), R13
	ADDQ R9, R13
	MOVQ (SI)(R13*1), R13
	MOVQ 1(SI)(R8*1), R12
	SHLQ $3, R9
	SHLXQ R9, R13, R13
	SHLXQ R9, R12, R12
	SHRXQ R9, R13, R13 // tail
	SHRXQ R9, R12, R12 // first
	RORXQ $35, R13, R9
	XORQ R12, R9
	XORQ BX, R9
	IMULQ (R10), R9
	SHRQ $52, R9
	MOVBLZX 8(R10)(R9*1), R15
	SHLQ $5, R15
	LEAQ 4104(R10)(R15*1), R15 // the place
	XORQ (R15), R12
	XORQ 16(R15), R13
	ORQ  R13, R12
	XORL R13, R13
	CMPQ BX, $16
	CMOVQGE 9(SI)(R8*1), R13 // mid
	XORQ 8(R15), R13
	ORQ  R13, R12
	MOVLQSX 24(R15), R13
	XORQ BX, R13
	ORQ  R13, R12 // 0: it is that key
	MOVL 28(R15), R15
	XORL BX, BX
	MOVL gen+56(FP), R13
	TESTQ R12, R12
	CMOVQNE BX, R15
	SETNE BX
	SHLQ $4, R15
	ADDQ R11, R15
	CMPL 8(R15), R13
	JEQ  noted // of duplicates the first counts
	SUBL BX, R13
	MOVL R14, (R15)
	MOVL AX, 4(R15)
	MOVL R13, 8(R15)
	MOVW DX, 12(R15)

noted:
	MOVQ CX, R8
	TESTL $0x10000, DX
	JEQ  member
	DECQ R8
	MOVQ R8, next+64(FP)
	MOVB $1, last+72(FP)
	RET

out:
	MOVQ R8, next+64(FP)
	MOVB $0, last+72(FP)
	RET

slash:
	MOVQ slashes+32(FP), R9
	MOVQ (R9)(AX*1), R9
	SHRXQ CX, R9, R9
	LEAQ -1(BX), R12
	XORQ BX, R12
	TESTQ R12, R9
	JEQ  size
	JMP  out

number:
	LEAQ -1(CX), AX
	CMPB (SI)(AX*1), $0x20
	JNE  comma
	DECQ AX

comma:
	CMPB (SI)(AX*1), $0x2c
	JNE  out
	MOVQ AX, R9
	SUBQ R14, R9
	DECQ R9
	CMPQ R9, $8 // 1 to 8 bytes
	JCC  out
	CMPQ AX, $8
	JLT  out
	MOVQ $0x3030303030303030, R13
	MOVQ -8(SI)(AX*1), R12
	XORQ R13, R12
	SHLQ $3, R9
	XORQ $56, R9
	SHRXQ R9, R12, R12 // digits become 0 to 9, a point 0x1e
	MOVQ $0x7676767676767676, R13
	ADDQ R12, R13
	ORQ  R12, R13
	MOVQ $0x1e1e1e1e1e1e1e1e, R9
	XORQ R12, R9
	MOVQ $0x7f7f7f7f7f7f7f7f, R12
	MOVQ R12, R15
	ANDQ R9, R15
	ADDQ R12, R15
	ORQ  R9, R15
	ANDQ R15, R13
	NOTQ R12
	TESTQ R12, R13
	JNE  out
	MOVL $2, DX
	JMP  find

far:
	MOVQ R14, AX
	SHRQ $6, AX
	MOVQ (DI)(AX*8), R9
	SHRXQ R14, R9, R9
	MOVQ R14, R12
	TESTQ R9, R9
	JNE  found

word:
	INCQ AX
	MOVQ AX, R12
	SHLQ $6, R12
	CMPQ R12, n+8(FP)
	JGE  out
	MOVQ (DI)(AX*8), R9
	TESTQ R9, R9
	JEQ  word

found:
	TZCNTQ R9, R9
	LEAQ (R12)(R9*1), AX
	JMP  behind
