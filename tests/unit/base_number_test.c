// Numbers to text and back. Constants come from Python (correctly rounded float(), Fraction); the public collection of hard cases is
// read from $PPM_SHARED/data/csv-cases/parse-number where it is there.
#include "runtime/base/decimal.h"
#include "runtime/base/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

static bool same(double a, double b)
{
	return memcmp(&a, &b, sizeof a) == 0;
}

static const struct { const char *text; double x; } texts[] = {
	{ "0", 0x0p+0 },
	{ "0.0", 0x0p+0 },
	{ "000.500", 0x1.0000000000000p-1 },
	{ "1", 0x1.0000000000000p+0 },
	{ "0.1", 0x1.999999999999ap-4 },
	{ "0.2", 0x1.999999999999ap-3 },
	{ "0.3", 0x1.3333333333333p-2 },
	{ "123.456", 0x1.edd2f1a9fbe77p+6 },
	{ "-0", 0x0p+0 },
	{ "-0.0", 0x0p+0 },
	{ "-17.25", -0x1.1400000000000p+4 },
	{ "9007199254740992", 0x1.0000000000000p+53 },
	{ "9007199254740993.0", 0x1.0000000000000p+53 },
	{ "9007199254740992.5", 0x1.0000000000000p+53 },
	{ "9007199254740993.5", 0x1.0000000000001p+53 },
	{ "0.30000000000000004", 0x1.3333333333334p-2 },
	{ "3.141592653589793238462643383279", 0x1.921fb54442d18p+1 },
	{ "2.2250738585072011", 0x1.1ccf385ebc89fp+1 },
	{ 
	  "0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000022250738585072011", 0x0.fffffffffffffp-1022 },
	{ 
	  "0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000022250738585072012", 0x1.0000000000000p-1022 },
	{ 
	  "0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000049406"
	  "564584124654", 0x0.0000000000001p-1022 },
	{ 
	  "0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000024703"
	  "282292062327", 0x0p+0 },
	{ 
	  "0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000024703"
	  "28229206232720882843964341106861825299013071623822127928412503377536351043", 0x0p+0 },
	{ 
	  "0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "0000000000000000000000000000000000000000000000000000000000000000000000001", 0x0p+0 },
	{ "18446744073709551616", 0x1.0000000000000p+64 },
	{ "10000000000000000000000", 0x1.0f0cf064dd592p+73 },
	{ "40000000000000000000000.5", 0x1.0f0cf064dd592p+75 },
	{ 
	  "17976931348623157000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000.0", 0x1.fffffffffffffp+1023 },
	{ "0.50000000000000011102230246251565", 0x1.0000000000001p-1 },
	{ "1.00000000000000011102230246251565404", 0x1.0000000000000p+0 },
	{ "1.00000000000000011102230246251565404236316680908203125", 0x1.0000000000000p+0 },
	{ "1.00000000000000011102230246251565404236316680908203124", 0x1.0000000000000p+0 },
	{ "1.000000000000000111022302462515654042363166809082031250000000001", 0x1.0000000000001p+0 },
	{ 
	  "1.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000001", 0x1.0000000000000p+0 },
	{ 
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "000000000000000000001.5", 0x1.8000000000000p+0 },
	{ "0.000000000000000001", 0x1.2725dd1d243acp-60 },
	{ "1234567890.123456789", 0x1.26580b487e6b7p+30 },
	{ "9999999999.999999999", 0x1.2a05f20000000p+33 },
	{ "99999999.99999999999", 0x1.7d78400000000p+26 },
	{ "0.372", 0x1.7ced916872b02p-2 },
	{ "7858.051678", 0x1.eb20d3ac4f7ecp+12 },
	{ "3090864.293", 0x1.794d825810625p+21 },
	{ "0575.61", 0x1.1fce147ae147bp+9 },
	{ "88246355.083511688", 0x1.50a214c558417p+26 },
	{ "0.27235234", 0x1.16e388252802bp-2 },
	{ "05773542149.02796664478", 0x1.582143050728dp+32 },
	{ "0.815683588550", 0x1.a1a14781698f2p-1 },
	{ "48057224856.3823025", 0x1.660de1d30c3bdp+35 },
	{ "2.615136", 0x1.4ebcc6c54bcf1p+1 },
	{ "42.35637", 0x1.52d9d883ba344p+5 },
	{ "0115850.860316187", 0x1.c48adc3dae7f6p+16 },
	{ "6327.083023402912177", 0x1.8b7154105904fp+12 },
	{ "1711.28895", 0x1.abd27e28240b8p+10 },
	{ "0.1", 0x1.999999999999ap-4 },
	{ "0.558", 0x1.1db22d0e56042p-1 },
	{ "6547028616492162.896", 0x1.7427ce3053483p+52 },
	{ "7489413297.593868332", 0x1.be6760b19807cp+32 },
	{ "9901044.938", 0x1.2e27e9e041893p+23 },
	{ "9112060.1", 0x1.1613f83333333p+23 },
	{ "426971800178266179.17", 0x1.7b3a25c3af041p+58 },
	{ "904429853553644.03", 0x1.9b497e1299f60p+49 },
	{ "04.46854439234042899", 0x1.1dfca19e74e2bp+2 },
	{ "37950.1833051442411851", 0x1.287c5dda2bff7p+15 },
	{ "4.6896", 0x1.2c226809d4952p+2 },
	{ "60746591.3709", 0x1.cf75afaf79a6bp+25 },
	{ "0.444", 0x1.c6a7ef9db22d1p-2 },
	{ "4447180996.280", 0x1.091298c447ae1p+32 },
	{ "0.9101236146120447105463", 0x1.d1fbb8f026eebp-1 },
	{ "0.90756", 0x1.d0abb44e50c5fp-1 },
	{ "2999917017335188598863.1", 0x1.45406c720cb29p+71 },
	{ "93298204680428.7724194", 0x1.536ab96483b31p+46 },
	{ "08.2883740184658758", 0x1.093a5c264a771p+3 },
	{ "780490.59997491", 0x1.7d195332fe952p+19 },
	{ "6740990.41072656717", 0x1.9b6ff9a495815p+22 },
	{ "0.264769", 0x1.0f1f9acffa7ebp-2 },
	{ "934207965.9", 0x1.bd770eef33333p+29 },
	{ "1.6", 0x1.999999999999ap+0 },
	{ "30.901851", 0x1.ee6dfb506dd6ap+4 },
	{ "33557.11659687728736849611", 0x1.062a3bb295fd8p+15 },
	{ "14.7448", 0x1.d7d566cf41f21p+3 },
	{ "901261.271472", 0x1.b811a8afe60c4p+19 },
	{ "0.1008220", 0x1.9cf7878b7a1c2p-4 },
	{ "812777118600497129.440", 0x1.68f20f7577f10p+59 },
	{ "45442609.849811", 0x1.5ab318ecc69b6p+25 },
	{ "7824863950276621.164", 0x1.bccac1c2c080dp+52 },
	{ "92693.7", 0x1.6a15b33333333p+16 },
	{ "3.0205268446617", 0x1.82a09fa7418bap+1 },
	{ "1.441755064307728565740642", 0x1.7116dc220b484p+0 },
	{ "1272247.11251422", 0x1.369b71ccdbb5fp+20 },
	{ "0.1865", 0x1.7df3b645a1cacp-3 },
	{ "3135399599.132734", 0x1.75c4cd5e43f5bp+31 },
	{ "783951842829424343.489", 0x1.5c2501851b8aep+59 },
	{ "0.41628", 0x1.aa454de7ea5f8p-2 },
	{ "6764264188.18343", 0x1.932e7afc2ef54p+32 },
	{ "0.30", 0x1.3333333333333p-2 },
	{ "06201973.39", 0x1.7a89d58f5c28fp+22 },
	{ "4700116.538", 0x1.1edf5226e978dp+22 },
	{ "27139152.8", 0x1.9e1c50ccccccdp+24 },
	{ "399.1", 0x1.8f1999999999ap+8 },
};

static const struct { const char *text; enum ppm_number_problem problem; } integers[] = {
	{ "9007199254740993", PPM_NUMBER_INEXACT_INTEGER },
	{ "9007199254740994", PPM_NUMBER_FINE },
	{ "18014398509481986", PPM_NUMBER_INEXACT_INTEGER },
	{ "18014398509481988", PPM_NUMBER_FINE },
	{ "10000000000000000000000", PPM_NUMBER_FINE },
	{ "100000000000000000000000", PPM_NUMBER_INEXACT_INTEGER },
	{ "9223372036854775808", PPM_NUMBER_FINE },
	{ "18446744073709551616", PPM_NUMBER_FINE },
	{ "18446744073709551617", PPM_NUMBER_INEXACT_INTEGER },
	{ "9999999999999999999", PPM_NUMBER_INEXACT_INTEGER },
	{ "1180591620717411303424", PPM_NUMBER_FINE },
	{ 
	  "89884656743115795386465259539451236680898848947115328636715040578866337902750481566354238661203768010560056939"
	  "93569667882939488440720831124642371531973706218888394671243274263815110980062304705972654147604250288441907534"
	  "1171231440736956555270413618581675255342293149119973622969239858152417678164812112068608", PPM_NUMBER_FINE },
	{ 
	  "17976931348623158079372897140530341507993413271003782693617377898044496829276475094664901797758720709633028641"
	  "66928879109465555478519404026306574886715058206819089020007083836762738548458177115317644757302700698555713669"
	  "59622842914819860834936475292719074168444365510704342711559699508093042880177904174497792", PPM_NUMBER_RANGE },
	{ 
	  "17976931348623159077293051907890247336179769789423065727343008115773267580550096313270847732240753602112011387"
	  "98713933576587897688144166224928474306394741243777678934248654852763022196012460941194530829520850057688381506"
	  "82342462881473913110540827237163350510684586298239947245938479716304835356329624224137216", PPM_NUMBER_RANGE },
	{ 
	  "10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000", PPM_NUMBER_RANGE },
	{ "18446744073709551615", PPM_NUMBER_INEXACT_INTEGER },
};

static void parses_all(void)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		double x = 4711;
		if (ppm_number_parse(ppm_slice_of(texts[i].text), &x) != PPM_NUMBER_FINE || !same(x, texts[i].x))
			fail_msg("%s: %a, not %a", texts[i].text, x, texts[i].x);
	}
	for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
		double x = 4711;
		enum ppm_number_problem problem = ppm_number_parse(ppm_slice_of(integers[i].text), &x);
		if (problem != integers[i].problem)
			fail_msg("%s: problem %d, not %d", integers[i].text, (int)problem, (int)integers[i].problem);
		assert_true(problem == PPM_NUMBER_FINE || same(x, 4711));
	}
}

static void parses(void **state)
{
	(void)state;
	parses_all();
	static const char *bad[] = { "",    "-",    ".",    ".5",   "5.",  "-.5", "+5",  " 5",   "5 ",   "1e5", "1E5",  "0x10", "nan",  "inf",
		                     "1,5", "1_0",  "1..2", "1.2.", "--1", "1-",  "1.-2", "\xD9\xA1", "1.5e3", "99999999999999999999x", "0.00000000000000000000x" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		double x = 4711;
		if (ppm_number_parse(ppm_slice_of(bad[i]), &x) != PPM_NUMBER_SYNTAX || !same(x, 4711))
			fail_msg("'%s' accepted", bad[i]);
	}
	double x = 4711;
	assert_int_equal(ppm_number_parse((struct ppm_slice){ "1\0", 2 }, &x), PPM_NUMBER_SYNTAX);
	assert_int_equal(ppm_number_parse((struct ppm_slice){ NULL, 0 }, &x), PPM_NUMBER_SYNTAX);
	assert_int_equal(ppm_number_parse((struct ppm_slice){ "12.59", 4 }, &x), PPM_NUMBER_FINE);
	assert_true(same(x, 12.5));
	// A million digits.
	size_t size = 1000000;
	char *text = malloc(size);
	assert_non_null(text);
	memset(text, '3', size);
	assert_int_equal(ppm_number_parse((struct ppm_slice){ text, size }, &x), PPM_NUMBER_RANGE);
	text[1] = '.';
	assert_int_equal(ppm_number_parse((struct ppm_slice){ text, size }, &x), PPM_NUMBER_FINE);
	assert_true(same(x, 3.3333333333333333333));
	memset(text, '0', size);
	text[size - 1] = '7';
	assert_int_equal(ppm_number_parse((struct ppm_slice){ text, size }, &x), PPM_NUMBER_FINE);
	assert_true(same(x, 7));
	free(text);
}

static const struct { double x; const char *text; } shortest[] = {
	{ 0.0, "0" },
	{ -0.0, "0" },
	{ 1.0, "1" },
	{ -1.0, "-1" },
	{ 0.1 + 0.2, "0.3" },
	{ 12.0 / 10 - 1, "0.2" },
	{ 1.0 / 3, "0.333333333333" },
	{ -2.0 / 3, "-0.666666666667" },
	{ 4e-13, "0" },
	{ -4e-13, "0" },
	{ 6e-13, "0.000000000001" },
	{ 5e-324, "0" },
	{ 4382.21711506124, "4382.21711506124" },
	{ 4095.9999999999995, "4096" },
	{ 4096.000000000001, "4096" },
	{ 4503599627370495.5, "4503599627370496" },
	{ 9007199254740991.0, "9007199254740991" },
	{ 9007199254740994.0, "9007199254740994" },
	{ 1e22, "10000000000000000000000" },
	{ 1e23, "99999999999999991611392" },
	{ -1e20, "-100000000000000000000" },
	{ 8192.0000000000018, "8192" },
	{ -0x1.f67735b9a3a70p+48, "-552466839610279" },
	{ 0x1.ce1e67ef9db23p+15, "59151.203" },
	{ 0x1.2d64cfed47f04p+18, "308627.248857484" },
	{ 0x1.dd82d46f022c0p+46, "131257239060619" },
	{ 0x1.1b6dc06692b20p+0, "1.107143425982" },
	{ 0x1.ebb6938d5a9ecp+12, "7867.41102347754" },
	{ 0x1.e19c7101fada4p+43, "16548031369174.8" },
	{ -0x1.9da9f5acc91a2p+11, "-3309.31123961714" },
	{ 0x1.a43d0ad6c281bp-36, "0.000000000024" },
	{ 0x1.dad5a14c4e303p-35, "0.000000000054" },
	{ 0x1.6f683374bc6a8p+16, "94056.201" },
	{ 0x1.099c30e1056cep+13, "8499.52386669386" },
	{ 0x1.a62b0980ed420p+12, "6754.68982021979" },
	{ 0x1.3073e266bc533p+12, "4871.2427737576" },
	{ 0x1.26a4d249cf2ddp-35, "0.000000000033" },
	{ 0x1.36ec353f7ced9p+15, "39798.104" },
	{ 0x1.293fed0e56042p+15, "38047.963" },
	{ 0x1.819fd944439d6p+11, "3084.99527180868" },
	{ 0x1.3c320986367bfp+47, "173830291266366" },
	{ -0x1.03a203de7ad90p+48, "-285469361208025" },
	{ 0x1.605e978d4fdf4p+11, "2818.956" },
	{ 0x1.4b945f33dbd18p-34, "0.000000000075" },
	{ 0x1.48bc95c362d18p+12, "5259.78656328774" },
	{ 0x1.69885d6c2636bp+48, "397509380548151" },
	{ 0x1.421c5b34d4e87p+12, "5153.77226718108" },
	{ 0x1.72603cca49240p+46, "101808159756873" },
	{ -0x1.385cbefd36dd2p+18, "-319858.984204975" },
	{ 0x1.14c6314bb13f0p+13, "8856.77407015298" },
	{ 0x1.97b0f0b33202dp+49, "896522370049030" },
	{ 0x1.0c3071456a774p+48, "294877175048823" },
	{ 0x1.41432c680f02cp+10, "1285.04958535639" },
	{ 0x1.4f60599884bb5p+41, "2880861057289.46" },
	{ 0x1.305fa18628759p+12, "4869.97693458371" },
	{ 0x1.6f208e7863c17p-34, "0.000000000083" },
	{ 0x1.099174042c013p+12, "4249.09082429113" },
	{ -0x1.82252f9355b70p+48, "-424571200296375" },
	{ 0x1.db9268c49caecp+19, "973971.274000493" },
	{ 0x1.822dcc03fb5d0p+49, "849216369325754" },
	{ 0x1.0ffd33a9ec8b5p+49, "598110289254679" },
	{ 0x1.830c473ae078ep-34, "0.000000000088" },
	{ 0x1.6641e568cd7ccp+18, "366855.584521648" },
	{ 0x1.094b6b85dae00p+13, "8489.42750140186" },
	{ 0x1.27d0f5df70830p+17, "151457.920881332" },
	{ 0x1.282b2c5483ebap+12, "4738.69832278758" },
	{ -0x1.e48aa09120803p+2, "-7.570961133695" },
	{ 0x1.30578b7076c2ep+12, "4869.47154280082" },
	{ 0x1.11521a008dd90p+1, "2.135318041106" },
	{ 0x1.13cf492dd15d6p+3, "8.619053449142" },
	{ 0x1.60e3a093f1fe3p-34, "0.00000000008" },
	{ 0x1.158ef6fec9bb0p+13, "8881.87060315706" },
	{ 0x1.314b2df610324p+12, "4884.69872099234" },
	{ -0x1.2cdac2da650f0p+12, "-4813.67257155872" },
	{ 0x1.1eebdc7e2c380p+49, "630946684229744" },
	{ 0x1.4f25ef233fe90p+1, "2.618345157825" },
	{ 0x1.18b7336780ec1p+47, "154325048606838" },
	{ -0x1.f6f7886c9f2b6p+10, "-2011.86770167869" },
	{ 0x1.a23a37dd15c77p+12, "6691.63863857753" },
	{ 0x1.a68a8c4023080p+1, "3.301103144948" },
	{ 0x1.7a9212d37e9c4p+12, "6057.12959622819" },
	{ 0x1.eed00605200eep+12, "7917.00146973155" },
};

static const struct { double x; int decimals; const char *text; } fixed[] = {
	{ 0.0, 0, "0" },
	{ -0.0, 2, "0.00" },
	{ 1.005, 2, "1.01" },
	{ 2.675, 2, "2.68" },
	{ -0.004, 2, "0.00" },
	{ -0.005, 2, "-0.01" },
	{ 0.5, 0, "1" },
	{ 1.5, 0, "2" },
	{ -2.5, 0, "-3" },
	{ 0.1 + 0.2, 12, "0.300000000000" },
	{ 99.995, 2, "100.00" },
	{ 5000.005, 2, "5000.01" },
	{ 1e15 + 0.5, 0, "1000000000000001" },
	{ 12345.0, 3, "12345.000" },
	{ 4096.5, 12, "4096.500000000000" },
	{ -1e20, 2, "-100000000000000000000.00" },
	{ 9007199254740992.0, 1, "9007199254740992.0" },
	{ 0x1.05d4114632158p+12, 2, "4189.25" },
	{ 0x1.1beaba6f43464p+19, 6, "581461.826082" },
	{ 0x1.be6d3b18d1acdp+49, 1, "981702657811290.0" },
	{ -0x1.1a2a5421bdb9ap+11, 3, "-2257.323" },
	{ -0x1.6d5fc218de582p+2, 0, "-6" },
	{ 0x1.0127f041fb9e6p+48, 0, "282746022919070" },
	{ 0x1.2b917887efaa4p+12, 12, "4793.091926513850" },
	{ 0x1.2d18147ae147bp+15, 6, "38540.040000" },
	{ 0x1.bcea693ce47b0p+46, 2, "122297487669535.00" },
	{ -0x1.4c6e623ff0442p+19, 2, "-680819.07" },
	{ -0x1.5b19a0715e1b8p+16, 0, "-88858" },
	{ 0x1.acd3395810625p+13, 1, "13722.4" },
	{ 0x1.488a3d70a3d70p+6, 3, "82.135" },
	{ -0x1.65ed0a96fa600p+6, 1, "-89.5" },
	{ 0x1.ba70a3d70a3d7p+5, 2, "55.31" },
	{ 0x1.6373f2bdcf460p+2, 3, "5.554" },
	{ 0x1.0506212801402p+2, 12, "4.078499116008" },
	{ 0x1.53995a1d5e8a0p+10, 2, "1358.40" },
	{ 0x1.af229f9dcd2e8p+10, 3, "1724.541" },
	{ 0x1.12dc28f5c28f5p+6, 3, "68.715" },
	{ 0x1.c95235772ee88p+1, 12, "3.572821314998" },
	{ 0x1.91d68fca342f0p+18, 1, "411482.2" },
	{ 0x1.12bb7687116dfp+49, 3, "604142666916572.000" },
	{ -0x1.5f0ff919dad0fp+11, 12, "-2808.499157836320" },
	{ 0x1.779331e28c784p+11, 6, "3004.599839" },
	{ 0x1.aaf65527beb2ep+49, 0, "938899888110950" },
	{ 0x1.1ed2908f43948p+1, 2, "2.24" },
	{ 0x1.75b851eb851ecp+5, 1, "46.7" },
	{ 0x1.abcea9d66e2a3p+47, 0, "235189538862869" },
	{ 0x1.37a8f5c28f5c2p+6, 1, "77.9" },
	{ 0x1.e6a0d4e810bb0p+16, 0, "124577" },
	{ 0x1.5f28f5c28f5c3p+5, 12, "43.895000000000" },
	{ 0x1.de7ae147ae147p+4, 12, "29.905000000000" },
	{ 0x1.7ba49ba5e353fp+10, 1, "1518.6" },
	{ 0x1.c0c28f5c28f5dp+5, 12, "56.095000000000" },
	{ 0x1.da46d197ea759p+48, 6, "521472675670646.000000" },
	{ 0x1.2628f5c28f5c2p+4, 6, "18.385000" },
	{ 0x1.016b851eb851ep+6, 6, "64.355000" },
	{ 0x1.2e12c52fdf64fp+47, 6, "166066564624306.000000" },
	{ 0x1.3633333333334p+5, 6, "38.775000" },
	{ 0x1.7996ccccccccdp+12, 1, "6041.4" },
	{ -0x1.6461c6875c9b4p+17, 1, "-182467.6" },
	{ 0x1.f7489b474dc30p+17, 2, "257681.21" },
	{ 0x1.f590450e0cbb0p+17, 3, "256800.539" },
	{ 0x1.074d960366bb8p+2, 12, "4.114110472986" },
	{ 0x1.3f3851eb851ebp+6, 1, "79.8" },
	{ -0x1.60bdb0d383d00p-3, 3, "-0.172" },
	{ 0x1.2534f29e0b6dep+49, 3, "644768631363292.000" },
	{ 0x1.c628f5c28f5c2p+4, 2, "28.39" },
	{ -0x1.86515cb0b2766p+18, 2, "-399685.45" },
	{ 0x1.0b0802cc5753bp+48, 2, "293604011300692.00" },
	{ 0x1.cf500b4395810p+15, 12, "59304.022000000000" },
	{ 0x1.cd9367b63f3a8p+18, 2, "472653.62" },
	{ -0x1.a76b5b9260000p-6, 0, "0" },
	{ 0x1.7627a50c43723p+46, 2, "102846905389277.00" },
	{ 0x1.140c2d2547d20p-1, 3, "0.539" },
	{ 0x1.b547ae147ae15p+3, 0, "14" },
	{ 0x1.9cb5a34c2e073p+49, 1, "907557838806030.0" },
	{ 0x1.0373450cf034fp+49, 0, "570537182617706" },
	{ 0x1.21b594c1cc9d0p+8, 1, "289.7" },
};

static void writes_all(void)
{
	char out[400];
	for (size_t i = 0; i < sizeof shortest / sizeof *shortest; i++) {
		size_t size = ppm_number_write(shortest[i].x, out);
		if (!ppm_slice_is((struct ppm_slice){ out, size }, shortest[i].text))
			fail_msg("%a: %.*s, not %s", shortest[i].x, (int)size, out, shortest[i].text);
	}
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
		size_t size = ppm_number_write_fixed(fixed[i].x, fixed[i].decimals, out);
		if (!ppm_slice_is((struct ppm_slice){ out, size }, fixed[i].text))
			fail_msg("%a: %.*s, not %s", fixed[i].x, (int)size, out, fixed[i].text);
		if (fabs(fixed[i].x) < 1e15) {
			double x, rounded = ppm_number_round_places(fixed[i].x, pow(10, fixed[i].decimals));
			assert_int_equal(ppm_number_parse((struct ppm_slice){ out, size }, &x), PPM_NUMBER_FINE);
			if (!same(x, rounded))
				fail_msg("%a to %d places is %a, but written %s", fixed[i].x, fixed[i].decimals, rounded, fixed[i].text);
		}
	}
}

static void writes(void **state)
{
	(void)state;
	writes_all();
	char out[400];
	assert_int_equal(ppm_number_write(-1.7976931348623157e308, out), 310);
	assert_int_equal(ppm_number_write_fixed(-1.7976931348623157e308, 12, out), 323);
	assert_true(same(ppm_number_round_places(1.7976931348623157e308, 1e12), 1.7976931348623157e308));
	assert_true(same(ppm_number_round_places(-0.001, 100), 0.0));
}

static uint64_t next(uint64_t *random)
{
	*random += UINT64_C(0x9E3779B97F4A7C15);
	uint64_t z = *random;
	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

// A double with the sign and fraction of random bits, and an exponent from `low` to `high`.
static double random_double(uint64_t *random, int low, int high)
{
	uint64_t bits = next(random);
	double x = 1 + (double)(bits >> 12) / 4503599627370496.0;
	x = ldexp(x, low + (int)(next(random) % (unsigned)(high - low + 1)));
	return bits & 1 ? -x : x;
}

static void round_trips(void **state)
{
	(void)state;
	uint64_t random = 1;
	for (int i = 0; i < 200000; i++) {
		double x = i % 4 == 0 ? random_double(&random, -45, 60) : i % 4 == 1 ? random_double(&random, 11, 13)
		           : i % 4 == 2 ? (double)(int64_t)(next(&random) >> 20) / 1000 : random_double(&random, 12, 52);
		double rounded = ppm_number_as_decimal(x), back = 0;
		assert_true(same(ppm_number_as_decimal(rounded), rounded));
		char out[400];
		size_t size = ppm_number_write(x, out);
		if (ppm_number_parse((struct ppm_slice){ out, size }, &back) != PPM_NUMBER_FINE || !same(back, rounded))
			fail_msg("%a is written %.*s, read %a", x, (int)size, out, back);
		// No text with fewer decimals reads back as the same.
		out[size] = '\0';
		char *point = strchr(out, '.');
		if (point) {
			int decimals = (int)(size - (size_t)(point - out)) - 1;
			char shorter[400];
			snprintf(shorter, sizeof shorter, "%.*f", decimals - 1, rounded);
			if (same(strtod(shorter, NULL), rounded))
				fail_msg("%s could be %s", out, shorter);
			assert_true(out[size - 1] != '0');
		}
		int64_t mantissa;
		int places;
		bool has_decimal = ppm_number_decimal(x, &mantissa, &places);
		assert_int_equal(has_decimal, fabs(x) < 9007199254740992.0);
		if (has_decimal) {
			char decimal[40];
			snprintf(decimal, sizeof decimal, "%" PRId64 "e-%d", mantissa, places);
			assert_true(same(strtod(decimal, NULL), rounded));
		}
	}
	// Shorter texts with the C library's digits, longer ones with random digits: reading is strtod's.
	for (int i = 0; i < 200000; i++) {
		char text[80];
		int digits = (int)(next(&random) % 30) + 1, point = (int)(next(&random) % 30);
		int size = 0;
		for (int d = 0; d < digits; d++) {
			if (d == point && d > 0)
				text[size++] = '.';
			text[size++] = (char)('0' + next(&random) % 10);
		}
		text[size] = '\0';
		double x = 0;
		enum ppm_number_problem problem = ppm_number_parse((struct ppm_slice){ text, (size_t)size }, &x);
		if (problem == PPM_NUMBER_FINE ? !same(x, strtod(text, NULL)) : problem != PPM_NUMBER_INEXACT_INTEGER || strchr(text, '.'))
			fail_msg("%s", text);
	}
}

static void every_decimal_stays(void **state)
{
	(void)state;
	// Decimals of up to 12 places and 15 digits are left alone by as_decimal, at every size.
	uint64_t random = 2;
	for (int i = 0; i < 300000; i++) {
		int places = (int)(next(&random) % 13);
		uint64_t mantissa = next(&random) % UINT64_C(1000000000000000) >> next(&random) % 50;
		double x = (double)mantissa / pow(10, places);
		if (!same(ppm_number_as_decimal(x), x))
			fail_msg("%" PRIu64 "e-%d", mantissa, places);
		assert_true(same(ppm_number_round_places(x, pow(10, places)), x));
	}
}

// A product of decimals, and the quotient that undoes it, is the one on paper where that has 15 digits and 12 places.
static void products_are_those_on_paper(void **state)
{
	(void)state;
	uint64_t random = 4;
	for (int i = 0; i < 300000; i++) {
		uint64_t a = next(&random) % UINT64_C(10000000000) >> next(&random) % 30, b = next(&random) % UINT64_C(1000000000000000) / (a + 1) >> next(&random) % 20;
		int of_a = (int)(next(&random) % 7), of_b = (int)(next(&random) % 7);
		double x = (double)a / (double)ppm_power_of_ten[of_a], y = (double)b / (double)ppm_power_of_ten[of_b];
		double product = (double)(a * b) / (double)ppm_power_of_ten[of_a + of_b];
		if (!same(ppm_number_as_decimal(x * y), product) || (b && !same(ppm_number_as_decimal(product / y), x)))
			fail_msg("%" PRIu64 "e-%d * %" PRIu64 "e-%d", a, of_a, b, of_b);
	}
}

// From 2^53 on every double is an integer, and a sum is what the machine makes of it; below, what is left of digits that cancel has the places of the larger side.
static void sums_keep_places(void **state)
{
	(void)state;
	assert_true(same(ppm_number_add(0x1p53 + 2, -3), 0x1p53 - 1));
	assert_true(same(ppm_number_add(-1e300, 1e300), 0.0));
	assert_true(same(ppm_number_add(0x1p53 - 1, -0.5), 9007199254740990.0)); // a tie, to the even one
	assert_true(same(ppm_number_add(10250.3, -10150.3), 100.0));
	assert_true(same(ppm_number_add(-512.2, 512.1), -0.1));
}

static void finds_thresholds(void **state)
{
	(void)state;
	uint64_t random = 3;
	static const double special[] = { 0, 0.2, 0.25, 1, 100, 1e-12, -1e-12, 999.999999999999, 1000, -1000, 1000.00000000001, 4096, -4097, 5000.5, 6410, 99999999999999.9, 1e14, 1e15, 0x1p52, 0x1p53, 1e300, -1e300,
		                          1.7976931348623157e308, -1.7976931348623157e308 };
	const size_t specials = sizeof special / sizeof *special;
	for (size_t i = 0; i < 20000; i++) {
		double threshold = i < specials ? special[i] : ppm_number_as_decimal(random_double(&random, -42, 14));
		double least = ppm_number_least_at_or_above(threshold);
		assert_true(isfinite(least) && least <= threshold && ppm_number_as_decimal(least) >= threshold);
		double before = nextafter(least, -INFINITY);
		assert_true(!isfinite(before) || ppm_number_as_decimal(before) < threshold);
		double greatest = ppm_number_greatest_at_or_below(threshold);
		assert_true(isfinite(greatest) && greatest >= threshold && ppm_number_as_decimal(greatest) <= threshold);
		double after = nextafter(greatest, INFINITY);
		assert_true(!isfinite(after) || ppm_number_as_decimal(after) > threshold);
	}
	assert_true(ppm_number_least_at_or_above(0.2) <= 12.0 / 10 - 1);
}

// Where the point is a comma, nothing may change.
static void ignores_the_locale(void **state)
{
	(void)state;
	char folder[] = "/tmp/ppm_locale_XXXXXX", command[200];
	assert_non_null(mkdtemp(folder));
	snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >%s.log 2>&1", folder, folder);
	bool made = system(command) == 0;
	setenv("LOCPATH", folder, 1);
	bool set = made && setlocale(LC_ALL, "de_DE.UTF-8");
	if (set) {
		assert_int_equal(localeconv()->decimal_point[0], ',');
		parses_all();
		writes_all();
		setlocale(LC_ALL, "C");
	}
	unsetenv("LOCPATH");
	snprintf(command, sizeof command, "rm -r %s %s.log", folder, folder);
	assert_int_equal(system(command), 0);
	if (!set) {
		print_message("SKIPPED: localedef makes no locale with a decimal comma\n");
		skip();
	}
}

// Lines of "f16 f32 f64 text", the first three as hex bits. Only texts in our own syntax count; the others must be refused.
static size_t read_cases(const char *path)
{
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	static char line[65536];
	size_t count = 0;
	while (fgets(line, sizeof line, file)) {
		line[strcspn(line, "\r\n")] = '\0';
		uint64_t bits;
		int start = 0;
		if (sscanf(line, "%*x %*x %" SCNx64 " %n", &bits, &start) != 1 || start == 0)
			continue;
		const char *text = line + start;
		const char *digits = text + (*text == '-');
		size_t whole = strspn(digits, "0123456789");
		bool has_point = digits[whole] == '.';
		size_t decimals = has_point ? strspn(digits + whole + 1, "0123456789") : 0;
		bool ours = whole > 0 && (!has_point || decimals > 0) && digits[whole + has_point + decimals] == '\0';
		double x = 4711, expected;
		memcpy(&expected, &bits, sizeof expected);
		enum ppm_number_problem problem = ppm_number_parse(ppm_slice_of(text), &x);
		bool fine;
		if (!ours)
			fine = problem == PPM_NUMBER_SYNTAX;
		else if (isinf(expected))
			fine = problem == PPM_NUMBER_RANGE;
		else if (problem == PPM_NUMBER_INEXACT_INTEGER) {
			// Right only for an integer that differs from its double.
			char exact[400];
			snprintf(exact, sizeof exact, "%.0f", fabs(expected));
			while (*digits == '0' && digits[1])
				digits++;
			fine = !has_point && strcmp(exact, digits) != 0;
		} else
			fine = problem == PPM_NUMBER_FINE && same(x, expected + 0.0);
		if (!fine)
			fail_msg("%s: %s: problem %d, %a", path, text, (int)problem, x);
		count++;
	}
	fclose(file);
	return count;
}

static void reads_public_cases(void **state)
{
	(void)state;
	const char *shared = getenv("PPM_SHARED");
	static const char *names[] = { "freetype-2-7", "google-wuffs", "lemire-fast-float", "more-test-cases", "tencent-rapidjson" };
	size_t count = 0, files = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/data/csv-cases/parse-number/%s.txt", shared ? shared : "../shared", names[i]);
		size_t cases = read_cases(path);
		if (cases == 0)
			print_message("SKIPPED: %s is not there (PPM_SHARED names the folder of the shared data)\n", path);
		count += cases;
		files += cases > 0;
	}
	if (files == 0)
		skip();
	print_message("%zu public cases from %zu files\n", count, files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),           cmocka_unit_test(writes),             cmocka_unit_test(round_trips),
		cmocka_unit_test(every_decimal_stays),
		cmocka_unit_test(products_are_those_on_paper), cmocka_unit_test(sums_keep_places), cmocka_unit_test(finds_thresholds), cmocka_unit_test(ignores_the_locale),
		cmocka_unit_test(reads_public_cases),
	};
	return cmocka_run_group_tests_name("base_number", tests, NULL, NULL);
}
