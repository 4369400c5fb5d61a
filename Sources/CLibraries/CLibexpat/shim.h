#ifndef VARVE_CLIBEXPAT_SHIM_H
#define VARVE_CLIBEXPAT_SHIM_H

#include <expat.h>

#endif
